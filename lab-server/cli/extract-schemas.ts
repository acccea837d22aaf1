// Extracts what the embedded servers know of their APIs from the clients' packages into .cache, where that is missing or old. Run by set-up.
import { ensureModels } from '../embedded/aws/model/generate.ts';
import { ensureSchema } from '../embedded/kubernetes/schema/index.ts';

ensureSchema();
ensureModels();
