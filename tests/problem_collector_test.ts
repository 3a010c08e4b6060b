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

Deno.test("ProblemCollector lets errors through that say nothing about the model", async () => {
  const problems = new ProblemCollector();
  await assertRejects(() => problems.attempt(fail(new RangeError("an option"))), RangeError);
  assertThrows(() => problems.attemptNow(fail(new TypeError("a bug"))), TypeError);
  assertEquals(problems.count, 0);
});
