// What an instance is told at its first start: the cluster it joins, and what --extra-user-data adds.
import { readFileSync } from 'node:fs';
import { CliFailure } from '../failure.ts';

/** A shell script where there is nothing more, else a MIME archive with every file as a part of its own, as cloud-init reads them. */
export function userDataOf(cluster: string, extraFiles: readonly string[]): string {
  const join = `#!/bin/bash\necho ECS_CLUSTER=${cluster} >> /etc/ecs/ecs.config\n`;
  if (extraFiles.length === 0) {
    return join;
  }
  const boundary = '========multipart-boundary==';
  const parts = [join, ...extraFiles.map(read)].map(
    (text) => `--${boundary}\nContent-Type: ${contentType(text)}; charset="utf-8"\nMime-Version: 1.0\n\n${text}\n`,
  );
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${parts.join('')}--${boundary}--\n`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliFailure('ECS_CLI_FILE', `The file ${file} of --extra-user-data cannot be read.`, { cause: error });
  }
}

/** By its first line, as cloud-init tells kinds apart. */
function contentType(text: string): string {
  if (text.startsWith('#cloud-config')) {
    return 'text/cloud-config';
  }
  return text.startsWith('#cloud-boothook') ? 'text/cloud-boothook' : 'text/x-shellscript';
}
