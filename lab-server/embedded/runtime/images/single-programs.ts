// Images that hold one program and little else: demonstration servers, load makers, the pause container.
import { alpineBase } from './alpine-base.ts';
import type { ImageDefinition, ImageVariant } from './image-definition.ts';
import { binary, DEVICES, directory, imageRoot, type ImageEntries } from './image-files.ts';
import { parseVersionTag, type VersionTags } from './version-tags.ts';

interface SingleProgram {
  repository: string;
  mirrors?: readonly string[];
  tags: VersionTags | readonly string[];
  path: string;
  program: string;
  /** Arguments after the program in the entrypoint. */
  args?: readonly string[];
  command?: readonly string[];
  /** The program is the image's command, not its entrypoint: another command replaces it. */
  asCommand?: boolean;
  port?: number;
  env?: (version: string) => Readonly<Record<string, string>>;
  user?: string;
  /** Whether there is a shell (Alpine) beside the program. */
  shell?: boolean;
  commands?: readonly string[];
  files?: ImageEntries;
  workingDir?: string;
  sizeBytes: number;
  sampleTag?: string;
}

/** Without a distribution there are only accounts, certificates and devices. */
const SCRATCH: ImageEntries = {
  ...DEVICES,
  '/etc/passwd': 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nnobody:x:65534:\n',
  '/etc/ssl/certs': directory(),
  '/tmp': directory(0o1777),
};

function singleProgram(image: SingleProgram): ImageDefinition {
  return {
    repository: image.repository,
    mirrors: image.mirrors,
    sampleTag: image.sampleTag,
    variant(tag): ImageVariant | undefined {
      const version = 'releases' in image.tags ? parseVersionTag(tag, image.tags)?.version : image.tags.includes(tag) ? tag : undefined;
      if (version === undefined) {
        return undefined;
      }
      return {
        entrypoint: image.asCommand ? [] : [image.path, ...(image.args ?? [])],
        command: image.asCommand ? [image.path, ...(image.args ?? [])] : (image.command ?? []),
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...image.env?.(version) },
        workingDir: image.workingDir ?? '/',
        user: image.user ?? '',
        exposedPorts: image.port === undefined ? [] : [{ port: image.port, protocol: 'tcp' }],
        sizeBytes: image.sizeBytes,
        identity: version,
        files: () =>
          imageRoot(image.shell ? alpineBase({ commands: image.commands }) : SCRATCH, {
            [image.path]: binary(image.program),
            ...image.files,
          }),
      };
    },
  };
}

export const httpEcho = singleProgram({
  repository: 'docker.io/hashicorp/http-echo',
  tags: { releases: { '0.2': 4, '1.0': 0 }, latest: '1.0' },
  path: '/http-echo',
  program: 'http-echo',
  port: 5678,
  env: () => ({ ECHO_TEXT: 'hello-world' }),
  sizeBytes: 3_000_000,
});

export const whoami = singleProgram({
  repository: 'docker.io/traefik/whoami',
  mirrors: ['docker.io/containous/whoami', 'ghcr.io/traefik/whoami'],
  tags: { releases: { '1.8': 7, '1.9': 0, '1.10': 4, '1.11': 0 }, latest: '1.11' },
  path: '/whoami',
  program: 'whoami-server',
  port: 80,
  sizeBytes: 2_900_000,
});

export const agnhost = singleProgram({
  repository: 'registry.k8s.io/e2e-test-images/agnhost',
  mirrors: ['k8s.gcr.io/e2e-test-images/agnhost'],
  tags: {
    releases: Object.fromEntries([[`2.0`, 0], ...Array.from({ length: 60 }, (_value, minor) => [`2.${minor}`, 0] as const)]),
    latest: '2.53',
  },
  sampleTag: '2.53',
  path: '/agnhost',
  program: 'agnhost',
  command: ['pause'],
  shell: true,
  commands: ['curl', 'dig'],
  sizeBytes: 50_000_000,
});

export const liveness = singleProgram({
  repository: 'registry.k8s.io/liveness',
  mirrors: ['k8s.gcr.io/liveness', 'registry.k8s.io/e2e-test-images/liveness'],
  tags: ['latest', '1.1'],
  path: '/server',
  program: 'agnhost',
  args: ['liveness'],
  port: 8080,
  sizeBytes: 2_000_000,
});

export const pause = singleProgram({
  repository: 'registry.k8s.io/pause',
  mirrors: ['k8s.gcr.io/pause', 'gcr.io/google_containers/pause'],
  tags: ['latest', '2.0', '3.0', '3.1', '3.2', '3.3', '3.4.1', '3.5', '3.6', '3.7', '3.8', '3.9', '3.10', '3.10.1'],
  path: '/pause',
  program: 'pause',
  user: '65535:65535',
  sizeBytes: 320_000,
});

export const hpaExample = singleProgram({
  repository: 'registry.k8s.io/hpa-example',
  mirrors: ['k8s.gcr.io/hpa-example', 'gcr.io/google_containers/hpa-example'],
  tags: ['latest'],
  path: '/usr/local/bin/apache2-foreground',
  program: 'cpu-burner',
  asCommand: true,
  port: 80,
  shell: true,
  sizeBytes: 169_000_000,
});

export const flaky = singleProgram({
  repository: 'docker.io/dockside/flaky',
  tags: ['latest', '1', '1.0'],
  path: '/flaky',
  program: 'flaky',
  port: 8080,
  shell: true,
  sizeBytes: 4_000_000,
});

export const stress = singleProgram({
  repository: 'docker.io/polinux/stress',
  mirrors: ['docker.io/progrium/stress', 'public.ecr.aws/docker/polinux/stress'],
  tags: ['latest', '1.0.4'],
  path: '/usr/local/bin/stress',
  program: 'stress',
  asCommand: true,
  shell: true,
  sizeBytes: 4_000_000,
});

export const vishStress = singleProgram({
  repository: 'docker.io/vish/stress',
  tags: ['latest'],
  path: '/stress',
  program: 'vish-stress',
  sizeBytes: 1_900_000,
});

export const curl = singleProgram({
  repository: 'docker.io/curlimages/curl',
  mirrors: ['quay.io/curl/curl', 'public.ecr.aws/docker/curlimages/curl'],
  tags: { releases: { '7.88': 1, '8.0': 1, '8.5': 0, '8.8': 0, '8.10': 1, '8.12': 1, '8.14': 1, '8.15': 0, '8.16': 0 }, latest: '8.16' },
  path: '/entrypoint.sh',
  program: 'curl-entrypoint',
  command: ['curl'],
  user: '100',
  shell: true,
  commands: ['curl'],
  files: { '/home/curl_user': directory(0o755, { uid: 100, gid: 101 }) },
  workingDir: '/home/curl_user',
  sizeBytes: 9_000_000,
});

export const helloApp = singleProgram({
  repository: 'gcr.io/google-samples/hello-app',
  mirrors: ['us-docker.pkg.dev/google-samples/containers/gke/hello-app', 'docker.io/google-samples/hello-app'],
  tags: ['1.0', '2.0'],
  sampleTag: '1.0',
  path: '/hello-app',
  program: 'hello-app',
  env: (version) => ({ PORT: '8080', APP_VERSION: `${version}.0` }),
  port: 8080,
  sizeBytes: 3_800_000,
});

export const bootcamp = singleProgram({
  repository: 'gcr.io/google-samples/kubernetes-bootcamp',
  mirrors: ['docker.io/jocatalin/kubernetes-bootcamp', 'gcr.io/k8s-minikube/kubernetes-bootcamp'],
  tags: ['v1', 'v2'],
  sampleTag: 'v1',
  path: '/server',
  program: 'bootcamp',
  asCommand: true,
  env: (version) => ({ APP_VERSION: version.replace('v', '') }),
  port: 8080,
  shell: true,
  commands: ['curl', 'bash'],
  sizeBytes: 84_000_000,
});

export const echoServer = singleProgram({
  repository: 'docker.io/kicbase/echo-server',
  mirrors: ['docker.io/jmalloc/echo-server'],
  tags: ['latest', '1.0', '0.3.7'],
  path: '/bin/echo-server',
  program: 'echo-server',
  port: 8080,
  sizeBytes: 2_100_000,
});

export const echoserver = singleProgram({
  repository: 'registry.k8s.io/echoserver',
  mirrors: [
    'k8s.gcr.io/echoserver',
    'gcr.io/google_containers/echoserver',
    'registry.k8s.io/e2e-test-images/echoserver',
    'gcr.io/k8s-minikube/echoserver',
  ],
  tags: ['1.4', '1.8', '1.10', '2.2', '2.5'],
  sampleTag: '1.4',
  path: '/usr/local/bin/run.sh',
  program: 'echoserver',
  asCommand: true,
  port: 8080,
  shell: true,
  sizeBytes: 42_000_000,
});

export const podinfo = singleProgram({
  repository: 'ghcr.io/stefanprodan/podinfo',
  mirrors: ['docker.io/stefanprodan/podinfo'],
  tags: { releases: { '5.2': 1, '6.0': 4, '6.1': 8, '6.3': 6, '6.5': 4, '6.6': 3, '6.7': 1, '6.8': 0, '6.9': 2 }, latest: '6.9' },
  path: '/home/app/podinfo',
  program: 'podinfo',
  asCommand: true,
  env: (version) => ({ APP_VERSION: version }),
  port: 9898,
  user: '100',
  shell: true,
  commands: ['curl'],
  workingDir: '/home/app',
  sizeBytes: 24_000_000,
});

export const netshoot = singleProgram({
  repository: 'docker.io/nicolaka/netshoot',
  mirrors: ['ghcr.io/nicolaka/netshoot'],
  tags: ['latest', 'v0.13', 'v0.14'],
  path: '/usr/bin/zsh',
  program: 'bash',
  asCommand: true,
  shell: true,
  commands: ['curl', 'dig', 'bash', 'jq', 'ss'],
  workingDir: '/root',
  sizeBytes: 180_000_000,
});

export const dnsutils = singleProgram({
  repository: 'registry.k8s.io/e2e-test-images/jessie-dnsutils',
  mirrors: ['registry.k8s.io/e2e-test-images/dnsutils', 'docker.io/tutum/dnsutils', 'gcr.io/kubernetes-e2e-test-images/dnsutils'],
  tags: ['latest', '1.0', '1.1', '1.2', '1.3', '1.4', '1.5', '1.7'],
  path: '/agnhost',
  program: 'agnhost',
  args: ['pause'],
  shell: true,
  commands: ['dig', 'curl'],
  sizeBytes: 112_000_000,
});
