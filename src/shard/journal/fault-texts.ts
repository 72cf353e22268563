import type { JournalFaults } from './journal-loader.js';

/** What was found wrong in the files of a journal, for people: a text for each. `where`: whose files they are. */
export function faultTexts(
  where: string,
  { tornBytes, droppedBytes, isRepaired, isCutCopy }: JournalFaults,
): string[] {
  const texts: string[] = [];
  if (isCutCopy) {
    texts.push(
      `${where}: is a copy that was made while the journal was written; left out ${tornBytes} bytes that were written after the first of its files was copied`,
    );
  } else if (tornBytes > 0) {
    texts.push(
      `${where}: cut off ${tornBytes} bytes that were not completely written when the process or the machine ended`,
    );
  }
  if (isRepaired) {
    texts.push(`${where}: was damaged; left out ${droppedBytes} bytes and kept what checks out`);
  }
  return texts;
}
