// What the learner's machine (the bubblewrap workspace) is made of, on Linux.
import { aptInstall } from './apt.mjs';
import { find } from './paths.mjs';

const NEEDED = [
  { program: 'bwrap', debianPackage: 'bubblewrap' },
  { program: 'nsenter', debianPackage: 'util-linux' },
  { program: 'setpriv', debianPackage: 'util-linux' },
  { program: 'ip', debianPackage: 'iproute2' },
];
const WELCOME = [
  { program: 'curl', debianPackage: 'curl' },
  { program: 'jq', debianPackage: 'jq' },
  { program: 'aws', debianPackage: 'awscli' },
  { program: 'less', debianPackage: 'less' },
  { program: 'nano', debianPackage: 'nano' },
  { program: 'vi', debianPackage: 'vim-tiny' },
];

/** Installs what the workspace needs. Resolves to what was done, or to a sentence that says what to install. */
export async function ensureWorkspaceTools(show) {
  if (process.platform !== 'linux') {
    return undefined;
  }
  const absent = [...NEEDED, ...WELCOME].filter(({ program }) => !find(program));
  if (absent.length === 0) {
    return undefined;
  }
  const packages = [...new Set(absent.map(({ debianPackage }) => debianPackage))];
  show(`installing ${packages.join(', ')} with apt`);
  const installed = await aptInstall(packages);
  if (installed.ok) {
    return `installed ${packages.join(', ')}`;
  }
  const blocking = absent.some((tool) => NEEDED.includes(tool));
  return `missing ${packages.join(', ')}, and ${installed.reason}. Install them (Debian, Ubuntu: sudo apt-get install ${packages.join(' ')}). Going on without${blocking ? ': shells are not isolated until then' : ''}.`;
}

/** Chromium for the browser tests: the machine's, Debian's, else Playwright's own. */
export async function ensureChromium(show, playwrightInstall) {
  if (find('chromium')) {
    return undefined;
  }
  show('installing chromium with apt');
  if ((await aptInstall(['chromium'])).ok && find('chromium')) {
    return 'installed with apt';
  }
  show('downloading it with Playwright');
  return (await playwrightInstall())
    ? 'downloaded by Playwright'
    : 'not found: install chromium, then run the command again. Going on without.';
}
