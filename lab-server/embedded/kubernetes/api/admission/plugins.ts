// The rules of admission, in the order in which the real server runs them.
import type { AdmissionPlugin } from './admission.ts';

export const admissionPlugins: readonly AdmissionPlugin[] = [];
