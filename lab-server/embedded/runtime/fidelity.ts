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
    'Servers in containers do not speak TLS; there is no UDP but for names, no Ctrl+Z, no vi, perl or python.',
    'Files have modes and owners, but no user is kept from a file by them.',
    'Package managers inside containers (apt, apk) do not install.',
  ],
  differences: [
    'postgres speaks the SQL of SQLite; dumps of redis are not in its own format.',
    'Regular expressions with lookaround or back-references match only texts of up to 256 characters.',
    'The newest versions are those known on the day above, not asked of a registry.',
    'CPU and memory of a container are computed from what it serves and runs, so that autoscaling and limits can be tried.',
    'Nothing outside the simulated network can be reached from a container.',
  ],
};
