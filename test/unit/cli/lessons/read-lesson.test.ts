import { describe, expect, it } from 'vitest';
import { readLesson } from '../../../../lab-server/cli/lessons/read-lesson.ts';

const lesson = (body: string): string => `---\ntitle: T\nexercise: first-pod\n---\n\n${body}`;

describe('a lesson', () => {
  it('gives the blocks that are run, with what they print, and the files that are edited', () => {
    const text = lesson(
      '```yaml title="a.yaml" edit\nkind: Pod\n```\n\n```sh run\nkubectl get pods\n```\n\nYou see:\n\n```text output\nNAME\n```\n',
    );
    expect(readLesson('a.mdx', text)).toEqual({
      title: 'T',
      exercise: 'first-pod',
      blocks: [
        { type: 'edit', line: 6, path: 'a.yaml', content: 'kind: Pod\n' },
        {
          type: 'run',
          line: 10,
          command: 'kubectl get pods',
          inBackground: false,
          mayFail: false,
          seconds: undefined,
          output: { line: 16, text: 'NAME' },
        },
      ],
    });
  });

  it('knows commands that go on, that are stopped, and that fail', () => {
    const text = lesson('```sh run="second"\na\n```\n```sh run seconds="4"\nb\n```\n```sh run fails\nc\n```\n```sh\nonly shown\n```\n');
    expect(readLesson('a.mdx', text).blocks).toMatchObject([{ inBackground: true }, { seconds: 4 }, { mayFail: true }]);
  });

  it('takes a block inside a list as it is meant, without the indent', () => {
    expect(readLesson('a.mdx', lesson('- one\n\n  ```sh run\n  if true; then\n    date\n  fi\n  ```\n')).blocks).toMatchObject([
      { command: 'if true; then\n  date\nfi' },
    ]);
  });

  it('says where an output has no command, and where a file has no name', () => {
    expect(() => readLesson('a.mdx', lesson('```text output\nx\n```\n'))).toThrow(
      'a.mdx:6: output: a block marked output follows the run block',
    );
    expect(() => readLesson('a.mdx', lesson('```yaml edit\nx\n```\n'))).toThrow('a.mdx:6: title: a block marked edit needs title=');
    expect(() => readLesson('a.mdx', 'no head')).toThrow('a.mdx:1: ');
  });
});
