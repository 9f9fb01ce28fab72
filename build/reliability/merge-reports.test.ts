import { expect, test } from 'vitest';
import { mergeReports } from './merge-reports.ts';

test('what processes counted is added up, and the worst of them is the worst', () => {
  const left = { runs: 3, points: 9, worstMiB: 100, codes: ['A', 'B'], counts: { old: 1 }, failures: [] };
  const right = {
    runs: 2,
    points: 9,
    worstMiB: 120,
    codes: ['B', 'C'],
    counts: { old: 2, next: 1 },
    failures: ['x'],
  };
  expect(mergeReports(left, right)).toEqual({
    runs: 5,
    points: 9,
    worstMiB: 120,
    codes: ['A', 'B', 'C'],
    counts: { old: 3, next: 1 },
    failures: ['x'],
  });
});

test('reports of several jobs are added up job by job', () => {
  const of = (runs: number) => [
    { scenario: 'install', runs, failures: [] },
    { scenario: 'repair', runs: 1, failures: [] },
  ];
  expect(mergeReports(of(1), of(4))).toEqual([
    { scenario: 'install', runs: 5, failures: [] },
    { scenario: 'repair', runs: 2, failures: [] },
  ]);
});

test('reports of different surroundings stay apart', () => {
  const of = (name: string) => [{ name, runs: 1, codes: ['A'], failures: [] }];
  expect(mergeReports(of('a narrow line'), of('a silent host'))).toEqual([
    ...of('a narrow line'),
    ...of('a silent host'),
  ]);
});
