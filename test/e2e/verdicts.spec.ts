// Near misses do not pass, and each says what was expected, what was found and what to try.
import { expect, test } from './fixtures.ts';

const NEAR_MISSES = [
  {
    name: 'two replicas instead of three',
    changes: { deployment: `-e 's/replicas:.*/replicas: 2/'` },
    objective: /Three replicas/,
    says: ['3 replicas', 'spec.replicas is 2', 'Set spec.replicas to 3'],
  },
  {
    name: 'a selector that matches no pod',
    changes: { service: `-e 's/selector:.*/selector: {app: web}/'` },
    objective: /sends port 80 to the pods/,
    says: ['app=nginx', 'the selector app=web', 'Make spec.selector equal'],
  },
  {
    name: 'a port on which nginx does not listen',
    changes: { service: `-e 's/targetPort:.*/targetPort: 8080/'` },
    objective: /sends port 80 to the pods/,
    says: ['targetPort 80', 'targetPort 8080', 'Set targetPort to 80'],
  },
];

test('near misses do not pass, each is told what is wrong with it, and what is put right passes', async ({ lab }) => {
  await lab.open();
  for (const { name, changes, objective, says } of NEAR_MISSES) {
    await test.step(name, async () => {
      await lab.deploy(changes);
      const item = lab.objective(objective);
      for (const words of says) {
        await expect(item.locator('[data-verdict]')).toContainText(words);
      }
      await expect(item).toHaveAttribute('data-state', 'failed');
      await lab.deploy();
      await expect(item).toHaveAttribute('data-state', 'passed');
    });
  }
});
