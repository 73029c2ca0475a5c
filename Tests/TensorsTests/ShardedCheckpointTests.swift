import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ShardedCheckpointTests {
  static let tensors: [(name: String, shape: [Int], values: [Float])] = [
    ("a", [4], [1, 2, 3, 4]), ("b", [2, 2], [5, 6, 7, 8]),
    ("c", [8], Array(repeating: 9, count: 8)),
  ]

  /// A folder with three tensors in two shards of at most 32 bytes.
  static func sharded() throws -> (TemporaryFolder, index: String) {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(
      MemoryCheckpoint(tensors), toFolder: folder.path, maximumShardBytes: 32
    ) { _ in .float32 }
    return (folder, folder.path + "/model.safetensors.index.json")
  }

  @Test func writesAndReadsShards() throws {
    let (folder, index) = try Self.sharded()
    #expect(
      try folder.names == [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
      ])
    let checkpoint = try ShardedCheckpoint(indexPath: index)
    #expect(checkpoint.tensors.map(\.name) == ["a", "b", "c"])
    #expect(checkpoint.description(of: "c")?.byteCount == 32)
    #expect(try checkpoint.tensor("b").values == [5, 6, 7, 8])
    #expect(try checkpoint.tensor("c").values == Array(repeating: 9, count: 8))
    #expect(try String(contentsOfFile: index, encoding: .utf8).contains("\"total_size\": 64"))
  }

  @Test func aSmallModelIsOneFile() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(
      MemoryCheckpoint(Self.tensors), toFolder: folder.path, maximumShardBytes: 64
    ) { _ in .float32 }
    #expect(try folder.names == ["model.safetensors"])
  }

  /// Indexes of older checkpoints list what newer ones no longer store.
  @Test func rotaryFrequenciesMayBeMissing() throws {
    let (folder, index) = try Self.sharded()
    let text = try String(contentsOfFile: index, encoding: .utf8)
    for (name, isRefused) in [("l.rotary_emb.inv_freq", false), ("l.norm.weight", true)] {
      try folder.write(
        "model.safetensors.index.json",
        text.replacing(
          "\"a\":", with: "\"\(name)\": \"model-00001-of-00002.safetensors\",\n\"a\":"))
      if isRefused {
        #expect(throws: SafetensorsError.self) { try ShardedCheckpoint(indexPath: index) }
      } else {
        #expect(try ShardedCheckpoint(indexPath: index).tensors.count == 3)
      }
    }
  }

  @Test func aMissingShardIsNamed() throws {
    let (folder, index) = try Self.sharded()
    try FileManager.default.removeItem(atPath: folder.path + "/model-00002-of-00002.safetensors")
    let error = #expect(throws: SafetensorsError.self) { try ShardedCheckpoint(indexPath: index) }
    #expect(
      error?.description.contains("'model-00002-of-00002.safetensors', which should hold 'c'")
        == true)
  }

  @Test func aTensorInTwoShardsIsAnError() throws {
    let (folder, index) = try Self.sharded()
    try SafetensorsWriter.write(
      MemoryCheckpoint([Self.tensors[0], Self.tensors[2]]),
      to: folder.path + "/model-00002-of-00002.safetensors"
    ) { _ in .float32 }
    let error = #expect(throws: SafetensorsError.self) { try ShardedCheckpoint(indexPath: index) }
    #expect(error?.description.contains("tensor 'a' is in") == true)
  }

  static let indices: [(text: String, message: String)] = [
    ("{", "the text ends"), ("{}", "'weight_map' is missing"), ("{\"weight_map\":{}}", "empty"),
    ("{\"weight_map\":{\"a\":1}}", "is not text"),
    ("{\"weight_map\":{\"a\":\"../x.safetensors\"}}", "not a plain file name"),
    ("{\"weight_map\":{\"a\":\"/x.safetensors\"}}", "not a plain file name"),
    ("{\"weight_map\":{\"a\":\"..\"}}", "not a plain file name"),
    ("{\"weight_map\":{\"a\":\"x\\u0000y\"}}", "not a plain file name"),
    ("{\"weight_map\":{\"new\":\"model-00001-of-00002.safetensors\"}}", "should hold tensor 'new'"),
    (
      "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}",
      "'model-00002-of-00002.safetensors' should hold tensor 'b'"
    ),
  ]

  @Test(arguments: indices.indices) func refusesTheIndex(_ number: Int) throws {
    let (folder, index) = try Self.sharded()
    try folder.write("model.safetensors.index.json", Self.indices[number].text)
    let error = #expect(throws: SafetensorsError.self) { try ShardedCheckpoint(indexPath: index) }
    #expect(
      error?.description.contains(Self.indices[number].message) == true,
      "\(String(describing: error))")
  }
}
