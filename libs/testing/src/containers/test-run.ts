/** Where the files of one test run find what they share; set by the run's global set-up, absent where a file runs alone. */
export function runDirectory(): string | null {
  return process.env['SALLYPORT_TEST_RUN'] ?? null;
}

/** Containers carry it, so that the end of the run removes what a test that failed left behind. */
export function runLabels(): Record<string, string> {
  const run = runDirectory();
  return run === null ? {} : { 'dev.sallyport.test-run': run };
}
