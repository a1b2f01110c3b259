/** Where one line ends and the next begins; in JSON and in quoted texts the break is spelled. */
const breaks = /(\r?\n|\\r\\n|\\n)/;

/** Lines that only a program's own trace has: V8 and .NET, JVM, Python, Go, Rust, PHP, Ruby. */
const frames = [
  String.raw`^\s{0,40}at (?:async |new )?(?:\S{1,300} [([]|\S{0,300}[.(<$:/\\])`,
  String.raw`^\s{0,40}\.\.\. \d+ (?:more|common frames omitted)`,
  String.raw`^\s{0,40}--- End of (?:inner exception )?stack trace`,
  String.raw`^\s{0,40}Traceback \(most recent call last\)`,
  String.raw`^\s{0,40}File "[^"\n]{1,400}", line \d`,
  String.raw`^(?:During handling of the above exception|The above exception was the direct cause)`,
  String.raw`^goroutine \d+ \[`,
  String.raw`^created by \S`,
  String.raw`^\s{1,40}\S{1,400}\.go:\d+ \+0x`,
  String.raw`^[\w./*()-]{1,300}\((?:0x[0-9a-f]+[?, ]*|\.\.\.|\{0x[0-9a-f, x?]*\}[, ]*)+\)$`,
  String.raw`^\s{0,40}\d{1,4}:\s+(?:0x[0-9a-f]+ - )?[\w<][\w<>: ]{0,300}::`,
  String.raw`^\s{0,40}#\d{1,3} .{0,300}(?:\(\d+\):|\{main\}|\bin\b)`,
  String.raw`^\s{0,40}(?:PHP )?[Ss]tack ?trace:\s*$`,
  String.raw`^\s{0,40}(?:from )?\S{1,300}\.rb:\d+:in `,
];
const frame = new RegExp(frames.join('|'), 'u');
/** Source that is quoted below a frame of Python. */
const quotedSource = /^\s{4,}\S|^\s*[\^~]+\s*$/;
const pythonFrame = /^\s{0,40}File "/;

/** Frames that stand in one line with the message. */
const inline =
  / {1,4}at (?:async |new )?(?:[^\s()]{1,200} \([^()\n]{1,300}:\d+(?::\d+)?\)|(?:file:\/\/)?\/[^\s()]{1,300}:\d+:\d+)/g;

/** Takes the frames of stack traces out of a text, and leaves what was thrown; `mark` stands where some were. */
export function cutFrames(text: string, mark: string): string {
  const parts = text.split(breaks);
  const isFrame = framesOf(parts.filter((_, at) => at % 2 === 0));
  const kept = isFrame.flatMap((cut, at) => {
    if (cut && isFrame[at - 1] === true) return [];
    const before = at === 0 ? '' : parts[at * 2 - 1];
    return [before, cut ? mark : parts[at * 2]];
  });
  return kept.join('').replace(inline, ` ${mark}`);
}

/** Says of each line whether it is a frame, or source that is quoted below one. */
function framesOf(lines: readonly string[]): readonly boolean[] {
  let inPython = false;
  return lines.map((line) => {
    const isFrame = frame.test(line.slice(0, 2_000));
    const isQuoted = inPython && quotedSource.test(line);
    inPython = isQuoted || (isFrame && pythonFrame.test(line));
    return isFrame || isQuoted;
  });
}
