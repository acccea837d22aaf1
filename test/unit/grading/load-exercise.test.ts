import { describe, expect, it } from 'vitest';
import { ExerciseFolder, oneObjective } from '../../builders/exercise.ts';

function problemsOf(folder: ExerciseFolder): string {
  try {
    folder.load();
    return '';
  } catch (error) {
    return (error as Error).message.replaceAll(/^\S*three\//gm, '');
  }
}

describe('an exercise folder', () => {
  it('gives its starter files, scripts and points', () => {
    using folder = new ExerciseFolder();
    const exercise = folder.load();
    expect(exercise.files).toEqual({ 'web.yaml': 'kind: Deployment\n' });
    expect(exercise.solution).toBe('true\n');
    expect(exercise.mistakes.map((mistake) => mistake.script)).toEqual(['none.sh', 'two.sh']);
    expect(exercise.outOf).toBe(3);
  });

  it('with a field that does not exist names file, line and field', () => {
    using folder = new ExerciseFolder('title: T\ngaol: G\n');
    expect(problemsOf(folder)).toContain('exercise.yaml:2: gaol: there is no such field here; title, goal, difficulty,');
  });

  it('with a wrong value says what is allowed, at the line of the value', () => {
    using folder = new ExerciseFolder({ difficulty: 'easy' });
    expect(problemsOf(folder)).toMatch(/^exercise\.yaml:3: difficulty: .*"beginner"\|"intermediate"\|"advanced"/);
  });

  it('with a field that does not exist deep inside says which fields are allowed there', () => {
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, cases: [{ wen: 'true', verdict: 'passed' }] }] });
    expect(problemsOf(folder)).toContain(
      'objectives.0.cases.0.wen: there is no such field here; when, verdict, expected, found, next are allowed',
    );
  });

  it('may bring its sandbox to where it begins', () => {
    using folder = new ExerciseFolder({}, { 'setup.sh': 'kubectl create namespace shop\n' });
    expect(folder.load().setup).toBe('kubectl create namespace shop\n');
    using plain = new ExerciseFolder();
    expect(plain.load().setup).toBeUndefined();
  });

  it('with broken YAML says where', () => {
    using folder = new ExerciseFolder('title: "T\ngoal: G\n');
    expect(problemsOf(folder)).toMatch(/^exercise\.yaml:\d+: Missing closing "quote/);
  });

  it('with an expression that uses an unknown name points at its case', () => {
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, cases: [{ when: 'deploymnet == null', verdict: 'passed' }] }] });
    expect(problemsOf(folder)).toMatch(/^exercise\.yaml:\d+: objectives\.0\.cases\.0\.when: Unknown variable: deploymnet/);
  });

  it('with an expression inside a text that does not parse points at the text', () => {
    const cases = [{ when: 'true', verdict: 'passed', found: '${deployment.}' }];
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, cases }] });
    expect(problemsOf(folder)).toMatch(/objectives\.0\.cases\.0\.found: Expected IDENTIFIER/);
  });

  it('may not name a variable like a word of CEL', () => {
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, let: { map: '1' } }] });
    expect(problemsOf(folder)).toContain("objectives.0.let.map: the name map is a word of CEL's own; choose another");
  });

  it('needs texts for a case that fails', () => {
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, cases: [{ when: 'true' }] }] });
    const problems = problemsOf(folder);
    expect(problems).toContain('a case that fails needs expected, found and next');
    expect(problems).toContain('one case needs verdict: passed');
  });

  it('needs a file for every mistake, and a mistake for every file', () => {
    using folder = new ExerciseFolder({}, { 'mistakes/other.sh': 'true\n' });
    folder.remove('mistakes/two.sh');
    const problems = problemsOf(folder);
    expect(problems).toContain('mistakes.1.script: mistakes/two.sh does not exist; none.sh, other.sh is there');
    expect(problems).toContain('mistakes/other.sh is not listed with the verdict it must get');
  });

  it('may only wait for objectives that come earlier', () => {
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, after: ['three'] }] });
    expect(problemsOf(folder)).toContain('objectives.0.after.0: three is not an earlier objective; none is allowed');
  });

  it('may only ask sandboxes that it has', () => {
    const resources = { tasks: { platform: 'ecs', service: 'ecs', operation: 'ListTasks' } };
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, resources: { ...oneObjective.resources, ...resources } }] });
    expect(problemsOf(folder)).toContain('objectives.0.resources.tasks: this exercise has no ecs sandbox; add it to sandboxes');
  });

  it('cannot name a file outside the home folder', () => {
    using folder = new ExerciseFolder({ objectives: [{ ...oneObjective, files: { secret: '../../etc/passwd' } }] });
    expect(problemsOf(folder)).toContain('objectives.0.files.secret: a relative path with forward slashes and without .. is allowed');
  });
});
