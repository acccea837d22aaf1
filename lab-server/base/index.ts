export { type Clock, ManualClock, SystemClock } from './clock.ts';
export { DocksideError, isDocksideError, messageOf } from './errors.ts';
export { PROJECT_FOLDER, projectFile } from './project-folder.ts';
export { parseInput } from './parse.ts';
export type { Fidelity } from './fidelity.ts';
export { AsyncQueue } from './async-queue.ts';
