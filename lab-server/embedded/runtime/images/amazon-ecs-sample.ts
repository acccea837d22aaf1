// amazon/amazon-ecs-sample: the page of AWS's first steps with ECS, served by Apache.
import { BOOKWORM, debianBase } from './debian-base.ts';
import { APACHE_PATH, apacheFiles } from './httpd.ts';
import type { ImageDefinition } from './image-definition.ts';
import { imageRoot } from './image-files.ts';

const PAGE = `<html>
<head>
<title>Amazon ECS Sample App</title>
<style>body { margin-top: 40px; background-color: #333; }</style>
</head>
<body>
<div style="color:white;text-align:center">
<h1>Amazon ECS Sample App</h1>
<h2>Congratulations!</h2>
<p>Your application is now running on a container in Amazon ECS.</p>
</div>
</body>
</html>
`;

export const amazonEcsSample: ImageDefinition = {
  repository: 'docker.io/amazon/amazon-ecs-sample',
  mirrors: ['public.ecr.aws/ecs-sample-image/amazon-ecs-sample'],
  variant(tag) {
    return tag === 'latest'
      ? {
          entrypoint: ['/usr/local/apache2/bin/httpd'],
          command: ['-D', 'FOREGROUND'],
          env: { PATH: APACHE_PATH, HTTPD_VERSION: '2.4.65' },
          exposedPorts: [{ port: 80, protocol: 'tcp' }],
          sizeBytes: 250_000_000,
          identity: 'latest',
          files: () => imageRoot(debianBase(BOOKWORM, { commands: ['curl'] }), apacheFiles(PAGE)),
        }
      : undefined;
  },
};
