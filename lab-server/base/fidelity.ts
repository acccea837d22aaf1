// What a simulation says of itself: what it models, what it lacks, and where it differs on purpose. docs/fidelity.md is made from these.

export interface Fidelity {
  /** What is simulated: `Kubernetes API and control plane`. */
  title: string;
  /** The release or API version that is modelled. */
  models: string;
  /** The day on which it was last compared with the real thing: `2026-11-24`. */
  compared: string;
  /** What the real thing has and this has not. */
  gaps: readonly string[];
  /** What is done otherwise on purpose, with the reason. */
  differences: readonly string[];
}
