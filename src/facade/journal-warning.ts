/** What was found in the files of a journal, for people: a process warning. */
export function emitJournalWarning(text: string): void {
  process.emitWarning(text, { type: 'SessionStorageWarning', code: 'JSTP_JOURNAL' });
}
