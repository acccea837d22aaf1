import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadChapters } from '../../../lab-server/progress/index.ts';

test('a chapter is made of the exercises that its lessons open; one without any is left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockside-chapters-'));
  try {
    mkdirSync(join(folder, 'data'));
    mkdirSync(join(folder, 'lessons', 'first'), { recursive: true });
    mkdirSync(join(folder, 'lessons', 'empty'));
    const chapters = [
      { id: 'empty', order: 1, title: 'Empty' },
      { id: 'first', order: 2, title: 'First' },
      { id: 'missing', order: 3, title: 'Missing' },
    ];
    writeFileSync(join(folder, 'data', 'chapters.json'), JSON.stringify(chapters));
    writeFileSync(join(folder, 'lessons', 'first', 'b.mdx'), '---\ntitle: B\nexercise: two\n---\ntext');
    writeFileSync(join(folder, 'lessons', 'first', 'a.mdx'), '---\ntitle: A\nexercise: one\n---\ntext');
    writeFileSync(join(folder, 'lessons', 'first', 'c.mdx'), '---\ntitle: C\nexercise: two\n---\ntext');
    writeFileSync(join(folder, 'lessons', 'empty', 'a.mdx'), '---\ntitle: A\n---\ntext');
    expect(loadChapters(folder)).toEqual([{ id: 'first', title: 'First', exercises: ['one', 'two'] }]);
    expect(loadChapters(join(folder, 'nowhere'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
