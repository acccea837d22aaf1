import { describe, expect, it } from 'vitest';
import { compilerFor, readable, toCel } from '../../../lab-server/grading/expression.ts';

const compiler = compilerFor(['value']);

describe('texts with expressions', () => {
  it('show values as a learner reads them', () => {
    const text = compiler.template('found ${value.labels} on ${value.ports}, ${value.nothing}');
    expect(text({ value: toCel({ labels: { app: 'nginx', tier: 'web' }, ports: [80, 443], nothing: null }) })).toBe(
      'found app=nginx, tier=web on 80, 443, none',
    );
  });

  it('may hold braces and quotes inside an expression', () => {
    expect(compiler.template('${ {"a": "}"}["a"] }!')({ value: null })).toBe('}!');
  });

  it('keep a dollar brace that is escaped', () => {
    expect(compiler.template('write $${HOME}')({ value: null })).toBe('write ${HOME}');
  });

  it('refuse an expression that is not closed', () => {
    expect(() => compiler.template('${value')).toThrow('does not close it');
  });
});

describe('conditions', () => {
  it('compare whole numbers of JSON as int', () => {
    expect(compiler.condition('value.replicas == 3')({ value: toCel({ replicas: 3 }) })).toBe(true);
  });

  it('must be true or false', () => {
    expect(() => compiler.condition('value')({ value: 'yes' })).toThrow('gives yes, not true or false');
  });

  it('may use what is absent through optional access', () => {
    expect(compiler.condition('value.?status.?ready.orValue(0) == 0')({ value: null })).toBe(true);
  });

  it('can flatten lists of lists', () => {
    expect(compiler.expression('value.map(v, v.ports).flatten().size()')({ value: toCel([{ ports: [1, 2] }, { ports: [3] }]) })).toBe(3n);
  });
});

describe('a value in a text', () => {
  it('is written without the marks of a programming language', () => {
    const values = [[], {}, undefined, true, 1.5, toCel(10), ['a', ['b']]];
    expect(values.map(readable)).toEqual(['none', 'none', 'none', 'true', '1.5', '10', 'a, b']);
  });

  it('reads quantities of Kubernetes as numbers', () => {
    const evaluate = (text: string): unknown => compilerFor(['q']).expression('quantity(q)')({ q: text });
    expect(['250m', '2', '1.5', '64Mi', '1k'].map(evaluate)).toEqual([0.25, 2, 1.5, 64 * 1024 * 1024, 1000]);
    expect(evaluate('much')).toBeNaN();
  });
});
