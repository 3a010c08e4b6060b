import { assertEquals, assertMatch } from "@std/assert";
import { makeFolder } from "../io/_temporary_folder.ts";
import { runCli } from "../support/run_cli.ts";

const CAFFE = "testdata/caffe";
const CAFFE2 = "testdata/caffe2";

Deno.test("convert takes Caffe networks under both generations of SNPE's names", async () => {
  await using folder = await makeFolder();
  const [text, weights] = [`${CAFFE}/current.prototxt`, `${CAFFE}/current.caffemodel`];
  for (
    const words of [
      [text, "--caffe-bin", weights, "--output-path", `${folder.path}/1.dlc`],
      ["-c", text, "-b", weights, "--dlc", `${folder.path}/2.dlc`],
      ["--caffe_txt", text, "--caffe_bin", weights, "--dlc", `${folder.path}/3.dlc`],
      ["--input_network", text, "-b", weights, "-o", `${folder.path}/4.dlc`],
    ].flatMap((options) => [["convert", ...options], ["snpe-caffe-to-dlc", ...options]])
  ) {
    const { code, stdout, stderr } = await runCli(words);
    assertEquals(code, 0, stderr);
    assertEquals(
      stdout,
      "7 layers, 169 parameters, 2052 MACs; inputs data [1,2,6,6]; outputs prob [1,4]\n",
    );
  }
});

Deno.test("convert takes a batch and a caffemodel, both as -b", async () => {
  await using folder = await makeFolder();
  const [text, weights] = [`${CAFFE}/current.prototxt`, `${CAFFE}/current.caffemodel`];
  for (
    const words of [
      ["-b", weights, "-b", "4"],
      ["-b", "4", "-b", weights],
      ["-b", weights, "--batch", "4"],
      ["--batch=4", "--caffe-bin", weights],
    ]
  ) {
    const { code, stdout, stderr } = await runCli([
      ...["convert", text, ...words, "-o", `${folder.path}/a.dlc`],
    ]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /inputs data \[4,2,6,6\]/);
  }
  const { code, stderr } = await runCli(["convert", text, "-b", weights, "-b", "four"]);
  assertEquals(code, 2);
  assertMatch(stderr, /Option --batch does not take "four": expected an integer from 1/);
});

Deno.test("convert takes Caffe2 nets under SNPE's names", async () => {
  await using folder = await makeFolder();
  const [net, init] = [`${CAFFE2}/network_predict.pb`, `${CAFFE2}/network_init.pb`];
  const dimensions = ["--input_dim", "data", "1,3,8,8"];
  for (
    const words of [
      [
        ...["convert", "--predict_net", net, "--exec_net", init, ...dimensions],
        ...["--dlc", `${folder.path}/1.dlc`],
      ],
      ["convert", "-p", net, "--exec-net", init, ...dimensions, "-o", `${folder.path}/2.dlc`],
      [
        ...["snpe-caffe2-to-dlc", "-p", net, "-e", init, "-i", "data", "1,3,8,8"],
        ...["-d", `${folder.path}/3.dlc`],
      ],
    ]
  ) {
    const { code, stdout, stderr } = await runCli(words);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /inputs data \[1,3,8,8\]; outputs prob \[1,5\]/);
  }
});

Deno.test("convert --dry-run tells all problems, one a line", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/deploy.prototxt`;
  await Deno.writeTextFile(
    path,
    `input: "data" input_dim: [1, 3, 8, 8]
     layer { name: "a" type: "Foo" bottom: "data" top: "a" }
     layer { name: "b" type: "Pooling" bottom: "data" top: "b" pooling_param { pool: STOCHASTIC } }`,
  );
  const words = ["convert", path, "-b", `${CAFFE}/pooling.caffemodel`, "--dry-run"];
  const { code, stdout, stderr } = await runCli(words);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(stderr.trimEnd().split("\n"), [
    "dlcstream convert: 2 problems",
    'Cannot convert layer "a" (Foo): layers of type "Foo" are not supported; ' +
    "docs/operators.md lists those that are",
    'Cannot convert layer "b" (Pooling): it pools at random; MAX or AVE would work',
  ]);
});

Deno.test("convert --dry-run tells what the reader and what the DLC writer refuse", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/deploy.prototxt`;
  await Deno.writeTextFile(
    path,
    `input: "data" input_dim: [1, 3, 8, 8]
     layer { name: "a" type: "Foo" bottom: "data" top: "a" }
     layer { name: "b" type: "ReLU" bottom: "a" top: "b" }
     layer { name: "c" type: "Exp" bottom: "data" top: "c" }
     layer { name: "d" type: "ReLU" bottom: "c" top: "d" }`,
  );
  const words = ["convert", path, "-b", `${CAFFE}/pooling.caffemodel`, "--dry-run"];
  const { code, stderr } = await runCli([...words, "--dlc-version", "3"]);
  assertEquals(code, 1);
  assertEquals(stderr.trimEnd().split("\n"), [
    "dlcstream convert: 2 problems",
    'Cannot convert layer "a" (Foo): layers of type "Foo" are not supported; ' +
    "docs/operators.md lists those that are",
    'Cannot convert node "c" (Exp): version 3 has no known layer type for it; DLC version 4 would ' +
    "work",
  ]);
});

Deno.test("convert refuses weights beside a model that has its own", async () => {
  const { code, stderr } = await runCli([
    ...["convert", "testdata/resnet8/model.onnx", "--caffe-bin", `${CAFFE}/pooling.caffemodel`],
    "--dry-run",
  ]);
  assertEquals(code, 2);
  assertMatch(stderr, /with a file of weights beside it: it is no network of Caffe or Caffe2/);
});
