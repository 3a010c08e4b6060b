/** A number and what it counts: "1 layer", "2 layers". */
export function countOf(count: number, one: string, more: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}
