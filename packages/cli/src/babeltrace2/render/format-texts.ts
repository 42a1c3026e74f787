/** Explanations of argument formats, for help texts and manual pages. */

export const formatTexts: Readonly<Record<'params' | 'connection' | 'time', string>> = {
  time: `Format of BEGIN and END
-----------------------

    [YYYY-MM-DD [hh:mm:]]ss[.nnnnnnnnn]

Without a date, SS is the number of seconds since the origin of the clock when
it stands alone, and hh:mm:ss is a time of the first day of the trace.`,
  params: `Format of PARAMS
----------------

    NAME=VALUE[,NAME=VALUE]...

NAME is a C identifier that may also hold \`:\`, \`.\` and \`-\`. VALUE is one of:

* null, nul, NULL
* true, TRUE, yes, YES, false, FALSE, no, NO
* a signed integer of 64 bits, decimal or with the prefix 0b, 0 or 0x;
  with the prefix \`+\` an unsigned one
* a floating point number
* a word: a string without special characters
* a string in double quotes, with \`\\\` before what needs it
* an array: \`[VALUE, VALUE, ...]\`
* a map: \`{NAME=VALUE, NAME=VALUE, ...}\`

Spaces may stand around every sign. Put the whole argument into single quotes
where a shell reads it. Example:

    'path="/tmp/out", depth=-3, limit=+42, ratio=.5, names=[a, "b c"]'`,
  connection: `Format of CONNECTION
--------------------

    UPSTREAM[.UPSTREAM-PORT]:DOWNSTREAM[.DOWNSTREAM-PORT]

UPSTREAM and DOWNSTREAM are names of components; \`\\\` escapes \`\\\`, \`.\` and \`:\` in
them. The ports are patterns in which \`*\` stands for any text (the default);
\`\\\` escapes \`\\\`, \`*\`, \`?\`, \`[\`, \`.\` and \`:\` in them. Every port of UPSTREAM that
matches is connected to the first free port of DOWNSTREAM that matches.

Sources may be connected to filters and sinks, filters to filters and sinks.
Example:

    'ctf-fs.*stream*:muxer'`,
};
