/** The page `docs/exit-codes.md`, made from the table of error numbers. */
import { lttngErrors } from '@lttng-ts/protocols';

const HEAD = `# Exit codes of \`lttng\`

<!-- Written by packages/cli/tools/write-exit-codes.mjs from the table of error numbers: do not edit. -->

| exit code | meaning |
|---|---|
| 0 | it went well |
| 1 | an error (the words are on standard error); also every failure of \`create\`, \`list\`, \`status\`, \`set-session\`, \`view\`, and of \`enable-channel\` and \`enable-event --all\` |
| 2 | no such command, an option that the command does not know, or a command that comes later |
| 3 | an unknown context type; or a fault of this program, with its story |
| 4 | a warning: a channel that is there already, a context that could not be added, an obsolete option |
| 5 | an event type that the domain does not have |
| 134 | \`LTTNG_ABORT_ON_ERROR=1\` and an error |
| 165 | a form of the machine interface that does not exist |
| other | the number of the error, as below |

\`start\`, \`stop\`, \`destroy\` and \`enable-event\` end with the number of the error that the session daemon
gave, as upstream's do: for example 23 for an unknown session, 106 for a filter that does not parse. The
control API uses the same numbers. The texts are those of LTTng-tools 2.13.9.

## Error numbers

| number | name | text |
|---|---|---|
`;

/** The whole text of the page. */
export function exitCodesPage(): string {
  const rows = Object.entries(lttngErrors).map(
    ([name, { number, text }]) =>
      `| ${number} | \`${name}\` | ${text === '' ? '(none)' : text.replaceAll('|', '\\|')} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}
