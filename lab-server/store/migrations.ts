// The schema's history, oldest first. A migration that was released is never changed; a new one is added.
import { type Kysely, sql } from 'kysely';

interface Migration {
  name: string;
  up(database: Kysely<unknown>): Promise<void>;
}

const migrations: readonly Migration[] = [
  {
    name: '0001-first',
    async up(database) {
      await database.schema
        .createTable('learners')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('seen_at', 'bigint', (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('labs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('learner_id', 'text', (column) => column.notNull().references('learners.id').onDelete('cascade'))
        .addColumn('exercise', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('workspace_driver', 'text')
        .addColumn('sandbox_driver', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('leftovers', 'text')
        .execute();
      // One open lab per learner and exercise, whatever races.
      await database.schema
        .createIndex('labs_open')
        .unique()
        .on('labs')
        .columns(['learner_id', 'exercise'])
        .where(sql.ref('state'), '!=', 'closed')
        .execute();
      await database.schema
        .createTable('attempts')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('learner_id', 'text', (column) => column.notNull().references('learners.id').onDelete('cascade'))
        .addColumn('lab_id', 'text', (column) => column.notNull())
        .addColumn('exercise', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('requested', 'integer', (column) => column.notNull())
        .addColumn('score', 'double precision', (column) => column.notNull())
        .addColumn('out_of', 'double precision', (column) => column.notNull())
        .addColumn('verdicts', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('attempts_of_lab').on('attempts').columns(['lab_id', 'id']).execute();
      await database.schema
        .createTable('progress')
        .addColumn('learner_id', 'text', (column) => column.notNull().references('learners.id').onDelete('cascade'))
        .addColumn('exercise', 'text', (column) => column.notNull())
        .addColumn('score', 'double precision', (column) => column.notNull())
        .addColumn('out_of', 'double precision', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('passed_at', 'bigint')
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('progress_key', ['learner_id', 'exercise'])
        .execute();
    },
  },
  {
    name: '0002-certificates',
    async up(database) {
      await database.schema.createIndex('attempts_of_learner').on('attempts').columns(['learner_id', 'exercise', 'score', 'id']).execute();
      await database.schema
        .createTable('signing_keys')
        .addColumn('purpose', 'text', (column) => column.primaryKey())
        .addColumn('private_key', 'text', (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('certificates')
        .addColumn('learner_id', 'text', (column) => column.notNull().references('learners.id').onDelete('cascade'))
        .addColumn('chapter', 'text', (column) => column.notNull())
        .addColumn('issued_at', 'bigint', (column) => column.notNull())
        .addColumn('token', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('certificates_key', ['learner_id', 'chapter'])
        .execute();
    },
  },
];

/** Brings the schema to the newest version, each step in a transaction. */
export async function migrate(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .execute();
  const table = database as Kysely<{ migrations: { name: string } }>;
  const done = new Set((await table.selectFrom('migrations').select('name').execute()).map((row) => row.name));
  for (const migration of migrations) {
    if (!done.has(migration.name)) {
      await table.transaction().execute(async (transaction) => {
        await migration.up(transaction as unknown as Kysely<unknown>);
        await transaction.insertInto('migrations').values({ name: migration.name }).execute();
      });
    }
  }
}
