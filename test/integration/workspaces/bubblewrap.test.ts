// The bubblewrap workspace through real namespaces, shells and programs.
import { isolatedWorkspaces } from './isolated-workspaces.ts';
import { Labs } from './lab.ts';

isolatedWorkspaces(() => Labs.open(), ['kubectl', 'jq', 'curl', 'aws', 'vi', 'less']);
