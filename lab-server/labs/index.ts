export { Lab, type LabEvent } from './lab.ts';
export { Labs, type LabsOptions } from './labs.ts';
