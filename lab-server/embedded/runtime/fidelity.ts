// What the simulated machine lacks and where it differs from containerd and real images.
import type { Fidelity } from '../../base/index.ts';

export const runtimeFidelity: Fidelity = {
  title: 'Containers and images',
  models: 'containerd 2.1 with runc, and the images of the catalogue by name and tag',
  compared: '2026-11-24',
  gaps: [
    'No program of an image runs: each program is written anew for the simulation, with the options that lessons and habits need.',
    'Images outside the catalogue cannot be pulled; they fail as an unknown repository does.',
    'No kernel: /proc shows what common commands ask for, there are no capabilities, cgroups or devices inside a container.',
    'Package managers inside containers (apt, apk) do not install.',
  ],
  differences: [
    'CPU and memory of a container are computed from what it serves and runs, so that autoscaling and limits can be tried.',
    'Nothing outside the simulated network can be reached from a container.',
  ],
};
