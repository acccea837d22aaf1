export { type EventRecorder, type EventRecorderOptions, type EventType, EVENT, createEventRecorder } from './recorder.ts';
export { type SeriesRecorder, type SeriesRecorderOptions, createSeriesRecorder } from './series-recorder.ts';
export { type ObjectReference, referenceTo } from './references.ts';
