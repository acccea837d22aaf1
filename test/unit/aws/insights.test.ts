import { expect, test } from 'vitest';
import { runQuery, type Row } from '../../../lab-server/embedded/aws/services/logs/insights.ts';

const ROWS: Row[] = [
  { '@epoch': '60000', '@message': 'GET / 200', status: '200', path: '/' },
  { '@epoch': '61000', '@message': 'GET /cart 500', status: '500', path: '/cart' },
  { '@epoch': '130000', '@message': 'GET / 404', status: '404', path: '/' },
];

test('a filter compares numbers, and joins conditions with and before or', () => {
  const { rows } = runQuery('filter status >= 400 and path = "/" or status = 500 | sort status asc', ROWS);
  expect(rows.map((row) => row['status'])).toEqual(['404', '500']);
});

test('like takes text and regular expressions', () => {
  expect(runQuery('filter @message like "cart"', ROWS).rows).toHaveLength(1);
  expect(runQuery('filter @message like /GET \\/ \\d+/', ROWS).rows).toHaveLength(2);
  expect(runQuery('filter @message not like /cart/', ROWS).rows).toHaveLength(2);
});

test('stats counts by field and by time', () => {
  expect(runQuery('stats count(*) as hits by path | sort hits desc', ROWS)).toEqual({
    fields: ['path', 'hits'],
    rows: [
      { path: '/', hits: '2' },
      { path: '/cart', hits: '1' },
    ],
  });
  expect(runQuery('stats count(*) by bin(1m)', ROWS).rows.map((row) => row['bin(1m)'])).toEqual([
    '1970-01-01 00:01:00.000',
    '1970-01-01 00:02:00.000',
  ]);
});

test('a step that does not exist is refused with its name', () => {
  expect(() => runQuery('fields @message | explode', ROWS)).toThrow(/explode/);
});
