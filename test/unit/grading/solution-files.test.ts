import { expect, it } from 'vitest';
import { solutionFiles } from '../../../lab-server/grading/index.ts';

it('the files of a solution are the texts of its here-documents, the last where one is written twice', () => {
  const script = `set -eu
cat > a.yaml <<'YAML'
kind: Pod
# not YAML
YAML
kubectl apply -f a.yaml
  cat > "app/b.json" <<EOF
{}
EOF
echo done > log
cat > ./a.yaml <<'END'
kind: Service
END
`;
  expect(solutionFiles(script)).toEqual({ 'a.yaml': 'kind: Service\n', 'app/b.json': '{}\n' });
});

it('a solution that writes no file has none', () => {
  expect(solutionFiles('kubectl scale deployment/web --replicas=3\n')).toEqual({});
});
