// The tables as types. Times are milliseconds since the epoch.
import type { Generated } from 'kysely';

export interface Tables {
  learners: LearnersTable;
  labs: LabsTable;
  attempts: AttemptsTable;
  progress: ProgressTable;
  signing_keys: SigningKeysTable;
  certificates: CertificatesTable;
}

interface LearnersTable {
  id: string;
  created_at: number;
  seen_at: number;
}

interface LabsTable {
  id: string;
  learner_id: string;
  exercise: string;
  state: 'queued' | 'opening' | 'ready' | 'suspended' | 'closed' | 'failed';
  workspace_driver: string | null;
  sandbox_driver: string | null;
  created_at: number;
  expires_at: number;
  /** JSON: what could not be removed when the lab closed. */
  leftovers: string | null;
}

/** One row for each change of a lab's verdicts. */
interface AttemptsTable {
  id: Generated<number>;
  learner_id: string;
  lab_id: string;
  exercise: string;
  at: number;
  requested: number;
  score: number;
  out_of: number;
  /** JSON: the verdicts. */
  verdicts: string;
}

interface ProgressTable {
  learner_id: string;
  exercise: string;
  score: number;
  out_of: number;
  attempts: number;
  passed_at: number | null;
  updated_at: number;
}

interface SigningKeysTable {
  /** What is signed with it. */
  purpose: string;
  /** PKCS #8 in PEM. */
  private_key: string;
}

/** The newest certificate of each learner and chapter. */
interface CertificatesTable {
  learner_id: string;
  chapter: string;
  issued_at: number;
  token: string;
}
