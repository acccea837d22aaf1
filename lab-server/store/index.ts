export { lockFolder } from './folder-lock.ts';
export { type Attempt, type ExerciseProgress, openStore, type Store, type StoredLab, type StoredLabState } from './store.ts';
