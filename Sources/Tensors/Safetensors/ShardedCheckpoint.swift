import Formats
import Foundation

/// A checkpoint split over several files of one format by a `model.safetensors.index.json` or
/// `pytorch_model.bin.index.json`.
package struct ShardedCheckpoint: Checkpoint {
  private let shards: [(path: String, checkpoint: any Checkpoint)]
  private let homes: [String: (shard: Int, description: TensorDescription)]
  package let tensors: [TensorDescription]

  /// Paths of the shards, in order of name.
  package var shardPaths: [String] { shards.map(\.path) }

  /// Opens every shard that the index at `indexPath` names, from the index's folder.
  ///
  /// - Parameter open: opens one shard.
  /// - Throws: `FileError`, `SafetensorsError`, or what `open` throws.
  package init(
    indexPath: String, open: (String) throws -> any Checkpoint = { try SafetensorsFile(path: $0) }
  ) throws {
    let weightMap = try Self.weightMap(indexPath)
    let folder = indexPath.parentFolder
    var firstTensor: [String: String] = [:]
    for (tensor, shard) in weightMap where tensor < firstTensor[shard, default: "\u{10FFFF}"] {
      firstTensor[shard] = tensor
    }
    var shards: [(path: String, checkpoint: any Checkpoint)] = []
    var homes: [String: (shard: Int, description: TensorDescription)] = [:]
    var tensors: [TensorDescription] = []
    var numbers: [String: Int] = [:]
    for (shard, tensor) in firstTensor.sorted(by: { $0.key < $1.key }) {
      let path = (folder as NSString).appendingPathComponent(shard)
      guard FileManager.default.fileExists(atPath: path) else {
        throw SafetensorsError.missingShard(path: indexPath, shard: shard, tensor: tensor)
      }
      let file = try open(path)
      for description in file.tensors {
        if let home = homes[description.name] {
          throw SafetensorsError.duplicateTensor(
            tensor: description.name, path: path, other: shards[home.shard].path)
        }
        homes[description.name] = (shards.count, description)
        tensors.append(description)
      }
      numbers[shard] = shards.count
      shards.append((path, file))
    }
    // Older indexes list rotary frequencies, which no shard needs to hold.
    for (tensor, shard) in weightMap.sorted(by: { $0.key < $1.key })
    where homes[tensor]?.shard != numbers[shard]
      && !(homes[tensor] == nil && tensor.hasSuffix("rotary_emb.inv_freq"))
    {
      throw SafetensorsError.missingTensor(path: indexPath, shard: shard, tensor: tensor)
    }
    (self.shards, self.homes, self.tensors) = (shards, homes, tensors)
  }

  private static func weightMap(_ path: String) throws -> [String: String] {
    let file = try MappedFile(path: path)
    let json: Value
    do {
      json = try file.reading { try JSON.parse($0, .strict) }
    } catch let error as JSONFault {
      throw SafetensorsError.invalidIndex(path: path, reason: "byte \(error.offset): \(error)")
    }
    guard let map = json.mapping?["weight_map"]?.mapping, !map.isEmpty else {
      throw SafetensorsError.invalidIndex(path: path, reason: "'weight_map' is missing or empty")
    }
    var result: [String: String] = [:]
    for tensor in map.names {
      guard let shard = map[tensor]?.string else {
        throw SafetensorsError.invalidIndex(
          path: path, reason: "the file of tensor '\(tensor.shown())' is not text")
      }
      guard !shard.isEmpty, shard != ".", shard != "..", !shard.utf8.contains(0),
        !shard.utf8.contains(UInt8(ascii: "/"))
      else { throw SafetensorsError.unsafeShardPath(path: path, shard: shard) }
      result[tensor] = shard
    }
    return result
  }

  package func description(of name: String) -> TensorDescription? { homes[name]?.description }

  package func file(of name: String) -> String? { homes[name].map { shards[$0.shard].path } }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let home = homes[name] else { throw CheckpointError.missingTensor(name) }
    try shards[home.shard].checkpoint.read(name, rows: rows, into: destination)
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    guard let home = homes[name] else { throw CheckpointError.missingTensor(name) }
    return try shards[home.shard].checkpoint.copyStored(name, as: format, to: body)
  }
}
