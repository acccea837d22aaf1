// Does in a lab what a reader of a lesson does: edits its files, runs its commands, and compares what they print with what the lesson shows.
import type { Clock } from '../../base/index.ts';
import type { Workspace } from '../../workspaces/workspace.ts';
import { compareOutput } from './compare-output.ts';
import type { Lesson, RunBlock } from './read-lesson.ts';

const COMMAND_MS = 60_000;
/** A cluster needs a moment to become what a lesson shows; a command that changes nothing is run again until then. */
const PATIENCE_MS = 20_000;
const AGAIN_MS = 400;

/** Keeps variables and folder from one block to the next, as a terminal does. */
const CARRY_IN = '[ -f ~/.lesson-state ] && . ~/.lesson-state 2>/dev/null; cd "${LESSON_FOLDER:-$HOME}"\n';
const CARRY_OUT = `
__status=$?; LESSON_FOLDER=$PWD; declare -p 2>/dev/null | grep -vE '^declare -[a-zA-Z]*[rA]|^declare -- (__status|BASH|PIPESTATUS|_=)' > ~/.lesson-state; exit $__status`;

/** Resolves to what is otherwise than the lesson says, with file and line; undefined when all is as shown. */
export async function runLesson(workspace: Workspace, lesson: Lesson, file: string, clock: Clock): Promise<string | undefined> {
  const ending = new AbortController();
  const background: Promise<unknown>[] = [];
  try {
    for (const block of lesson.blocks) {
      if (block.type === 'edit') {
        await workspace.files.write(block.path, new TextEncoder().encode(block.content));
      } else if (block.inBackground) {
        background.push(
          workspace.run(['bash', '-c', CARRY_IN + block.command], { timeoutMs: 600_000, signal: ending.signal }).catch(() => {}),
        );
      } else {
        const complaint = await tryBlock(workspace, block, clock);
        if (complaint !== undefined) {
          return `${file}:${complaint}`;
        }
      }
    }
    return undefined;
  } finally {
    ending.abort(new Error('the lesson is over'));
    await Promise.all(background);
  }
}

async function tryBlock(workspace: Workspace, block: RunBlock, clock: Clock): Promise<string | undefined> {
  const until = clock.now() + PATIENCE_MS;
  for (;;) {
    const complaint = await runBlock(workspace, block);
    if (complaint === undefined || !onlyReads(block.command) || clock.now() > until) {
      return complaint;
    }
    await clock.sleep(AGAIN_MS);
  }
}

async function runBlock(workspace: Workspace, block: RunBlock): Promise<string | undefined> {
  const { command, seconds, output, line } = block;
  const script = seconds === undefined ? CARRY_IN + command + CARRY_OUT : `${CARRY_IN}timeout -s INT ${seconds} bash -c "$0"`;
  // Both streams in the order in which they are written, as a terminal shows them.
  const result = await workspace.run(['bash', '-c', 'exec 2>&1; exec bash -c "$1" "$0"', command, script], { timeoutMs: COMMAND_MS });
  const printed = result.stdout.trim();
  if (result.timedOut) {
    return `${line}: the command did not end in time; mark the block seconds="…" if it is to be stopped\n${printed}`;
  }
  if (seconds === undefined && (result.exitCode !== 0) !== block.mayFail) {
    return block.mayFail
      ? `${line}: the block is marked fails, and the command succeeded\n${printed}`
      : `${line}: exit code ${result.exitCode}\n${printed}`;
  }
  const difference = output === undefined ? undefined : compareOutput(output.text, printed);
  return difference === undefined ? undefined : `${output?.line ?? line}: ${difference}\n--- all that was printed\n${printed}`;
}

/** Whether every command of a block only looks, so that it may be run again. */
function onlyReads(script: string): boolean {
  const reading =
    /^(?:kubectl (?:-n \S+ )?(?:get|describe|logs|top|explain|auth|diff|rollout (?:status|history)|exec|config (?:view|get|current)|cluster-info|version|events|wait)|curl|cat|ls|echo|minikube (?:status|ip|service)|aws \S+ (?:describe|list|get|filter|tail|wait)|ecs-cli ps|for |sleep |until |while )/;
  return script
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .every((line) => reading.test(line.replace(/^[A-Z_]+=\$\(/, '')));
}
