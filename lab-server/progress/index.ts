export { CertificateSigner } from './certificate.ts';
export { type Chapter, loadChapters } from './chapters.ts';
export { exportProgress, resultsOf, toCsv } from './results.ts';
