import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FormatError, UnsupportedError } from "../src/errors.ts";
import { ProblemCollector } from "../src/problem_collector.ts";

function fail(error: Error): () => never {
  return () => {
    throw error;
  };
}

Deno.test("ProblemCollector throws a single problem as it is", async () => {
  const problems = new ProblemCollector();
  assertEquals(await problems.attempt(() => 3), 3);
  problems.throwIfAny("read");
  const only = new UnsupportedError("this");
  assertEquals(await problems.attempt(fail(only)), undefined);
  assertEquals(problems.count, 1);
  assertEquals(assertThrows(() => problems.throwIfAny("read")), only);
  assertEquals(only.problems, ["this"]);
});

Deno.test("ProblemCollector lists several problems, and is a FormatError if one of them is", () => {
  const problems = new ProblemCollector();
  problems.attemptNow(fail(new UnsupportedError("first")));
  problems.attemptNow(fail(new UnsupportedError("second")));
  const supported = assertThrows(() => problems.throwIfAny('read "a"'), UnsupportedError);
  assertEquals(supported.message, 'Cannot read "a": 2 problems, the first: first');
  assertEquals(supported.problems, ["first", "second"]);
  problems.attemptNow(fail(new FormatError("third", { problems: ["third", "fourth"] })));
  const bad = assertThrows(() => problems.throwIfAny('read "a"'), FormatError);
  assertEquals(bad.problems, ["first", "second", "third", "fourth"]);
});

Deno.test("ProblemCollector lists a thousand problems and counts the rest", () => {
  const problems = new ProblemCollector();
  for (let index = 0; index < 1005; index++) problems.add(new FormatError(`${index}`));
  const error = assertThrows(() => problems.throwIfAny("read"), FormatError);
  assertEquals(error.problems.length, 1001);
  assertEquals(error.problems.at(-1), "and 5 more");
});

Deno.test("ProblemCollector makes one of many problems of a kind", () => {
  const problems = new ProblemCollector();
  const refuse = (name: string, type: string): void =>
    problems.add(new UnsupportedError(`Cannot convert "${name}" (${type}): no type "${type}"`));
  for (let index = 0; index < 2000; index++) refuse(`a${index}`, "Foo");
  for (const name of ["b1", "b2", "b3"]) refuse(name, "Bar");
  for (let line = 1; line <= 4; line++) {
    problems.add(new FormatError(`Cannot read "c${line}" at line ${line}, column 3: no field "z"`));
  }
  const error = assertThrows(() => problems.throwIfAny("read"), FormatError);
  assertEquals(error.problems, [
    'Cannot convert "a0" (Foo): no type "Foo"; the same of "a1", "a2", "a3" and 1996 more',
    'Cannot convert "b1" (Bar): no type "Bar"',
    'Cannot convert "b2" (Bar): no type "Bar"',
    'Cannot convert "b3" (Bar): no type "Bar"',
    'Cannot read "c1" at line 1, column 3: no field "z"; the same of "c2", "c3", "c4"',
  ]);
  assertEquals(error.message.slice(0, 40), "Cannot read: 2007 problems, the first: C");
});

Deno.test("ProblemCollector lets errors through that say nothing about the model", async () => {
  const problems = new ProblemCollector();
  await assertRejects(() => problems.attempt(fail(new RangeError("an option"))), RangeError);
  assertThrows(() => problems.attemptNow(fail(new TypeError("a bug"))), TypeError);
  assertEquals(problems.count, 0);
});
