package import Formats

/// The ways a safetensors file, or a set of them, can be wrong.
package enum SafetensorsError: InputFailure, CustomStringConvertible {
  case tooShort(path: String, byteCount: Int)
  case headerTooLarge(path: String, byteCount: UInt64)
  case headerTruncated(path: String, byteCount: UInt64, available: Int)
  case invalidHeader(path: String, JSONFault)
  case invalidEntry(path: String, tensor: String, reason: String)
  case invalidMetadata(path: String, key: String)
  case unknownType(path: String, tensor: String, type: String)
  case sizeMismatch(path: String, tensor: String, shape: [Int], type: String, byteCount: Int)
  case outOfBounds(path: String, tensor: String, range: Range<Int>, dataCount: Int)
  case overlap(path: String, tensor: String, other: String)
  case hole(path: String, at: Int, byteCount: Int)
  case notFloat(path: String, tensor: String, type: String)
  case duplicateTensor(tensor: String, path: String, other: String)
  case invalidIndex(path: String, reason: String)
  case unsafeShardPath(path: String, shard: String)
  case missingShard(path: String, shard: String, tensor: String)
  case missingTensor(path: String, shard: String, tensor: String)
  case doesNotFit(tensor: String, value: Float, format: FloatFormat)

  private static let remedy =
    "the file is damaged or was not written completely; fetch or make it again"

  package var description: String {
    switch self {
    case .tooShort(let path, let byteCount):
      "\(path.shown(limit: 500)): \(byteCount) bytes is too short for safetensors; \(Self.remedy)"
    case .headerTooLarge(let path, let byteCount):
      "\(path.shown(limit: 500)): the header claims \(byteCount) bytes, more than the \(SafetensorsHeader.maximumByteCount) "
        + "that safetensors allows; this is probably another kind of file"
    case .headerTruncated(let path, let byteCount, let available):
      "\(path.shown(limit: 500)): the header claims \(byteCount) bytes but only \(available) follow; \(Self.remedy)"
    case .invalidHeader(let path, let error):
      "\(path.shown(limit: 500)): header, byte \(error.offset + 8): \(error); \(Self.remedy)"
    case .invalidEntry(let path, let tensor, let reason):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())': \(reason); \(Self.remedy)"
    case .invalidMetadata(let path, let key):
      "\(path.shown(limit: 500)): __metadata__ '\(key.shown())' must map text to text; \(Self.remedy)"
    case .unknownType(let path, let tensor, let type):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' has unknown dtype '\(type.shown())'; known: "
        + DType.allCases.map(\.rawValue).joined(separator: ", ")
    case .sizeMismatch(let path, let tensor, let shape, let type, let byteCount):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' of shape \(shape.shown) and dtype \(type) does not fill exactly the "
        + "\(byteCount) bytes it claims; \(Self.remedy)"
    case .outOfBounds(let path, let tensor, let range, let dataCount):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' claims bytes \(range.lowerBound) to \(range.upperBound) of "
        + "\(dataCount); \(Self.remedy)"
    case .overlap(let path, let tensor, let other):
      "\(path.shown(limit: 500)): tensors '\(tensor.shown())' and '\(other.shown())' claim the same bytes; \(Self.remedy)"
    case .hole(let path, let offset, let byteCount):
      "\(path.shown(limit: 500)): \(byteCount) bytes from data byte \(offset) on belong to no tensor; \(Self.remedy)"
    case .notFloat(let path, let tensor, let type):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' has dtype \(type), which cannot be read as numbers of a network; "
        + "supported: F64, F32, F16, BF16"
    case .duplicateTensor(let tensor, let path, let other):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' is in \(other.shown(limit: 500)) as well; remove one of the two files"
    case .invalidIndex(let path, let reason):
      "\(path.shown(limit: 500)): \(reason); expected {\"weight_map\": {tensor name: file name}}"
    case .unsafeShardPath(let path, let shard):
      "\(path.shown(limit: 500)): '\(shard.shown())' is not a plain file name; shards must lie beside the index"
    case .missingShard(let path, let shard, let tensor):
      "\(path.shown(limit: 500)): the file '\(shard.shown())', which should hold '\(tensor.shown())', is missing; fetch it"
    case .missingTensor(let path, let shard, let tensor):
      "\(path.shown(limit: 500)): '\(shard.shown())' should hold tensor '\(tensor.shown())' but does not; fetch the model again"
    case .doesNotFit(let tensor, let value, let format):
      "tensor '\(tensor.shown())': the value \(value) is too large for \(format.rawValue); write float32 instead"
    }
  }
}
