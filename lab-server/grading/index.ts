export type { Exercise, Objective } from './exercise.ts';
export { type Grade, Grader, type GraderOptions } from './grader.ts';
export type { Verdict } from './judge.ts';
export { loadExercise, loadExercises } from './load-exercise.ts';
export type { Observed } from './observe.ts';
export { solutionFiles } from './solution-files.ts';
