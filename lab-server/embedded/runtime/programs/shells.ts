// The three shells of the catalogue's images.
import { ASH, BASH, DASH } from '../shell/dialect.ts';
import { shellProgram } from '../shell/shell-program.ts';

export const ash = shellProgram(ASH);
export const bash = shellProgram(BASH);
export const dash = shellProgram(DASH);
