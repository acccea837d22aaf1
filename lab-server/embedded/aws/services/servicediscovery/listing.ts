// Filters and pages of Cloud Map's lists.
import type * as sdk from '@aws-sdk/client-servicediscovery';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf, type Page } from '../pages.ts';

export interface Filter {
  Name?: string | undefined;
  Values?: string[] | undefined;
  Condition?: sdk.FilterCondition | undefined;
}

/** Whether a record meets every filter. `valueOf` gives the value that a filter's name stands for. */
export function meetsFilters(filters: readonly Filter[] | undefined, valueOf: (name: string) => string | undefined): boolean {
  return (filters ?? []).every(({ Name = '', Values = [], Condition = 'EQ' }) => {
    const value = valueOf(Name) ?? '';
    switch (Condition) {
      case 'BEGINS_WITH':
        return Values.some((wanted) => value.startsWith(wanted));
      case 'BETWEEN':
        return Number(value) >= Number(Values[0]) && Number(value) <= Number(Values[1]);
      default:
        return Values.includes(value);
    }
  });
}

export function page<T>(items: readonly T[], input: { NextToken?: string; MaxResults?: number }): Page<T> {
  return pageOf(items, input.NextToken, input.MaxResults ?? 100, () => new AwsError('InvalidInput', 'The next token is not valid.'));
}
