import type { ClassSummary } from '../../../patcher/delta/apply/describe-patch.ts';
import { formatBytes, formatTable } from '../../../patcher/terminal/quantities.ts';

/** What a patch does for each class of files, for people; empty when it holds no file. */
export function formatClasses(classes: readonly ClassSummary[]): string {
  if (classes.length === 0) return '';
  const rows = classes.map((summary) => [
    `  ${summary.class}`,
    summary.route,
    `${summary.files}`,
    formatBytes(summary.newBytes),
    formatBytes(summary.packedBytes),
  ]);
  return `\n\n${formatTable([['  files', 'route', 'count', 'new', 'in the patch'], ...rows])}`;
}
