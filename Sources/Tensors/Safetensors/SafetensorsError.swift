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
      "\(path): \(byteCount) bytes is too short for safetensors; \(Self.remedy)"
    case .headerTooLarge(let path, let byteCount):
      "\(path): the header claims \(byteCount) bytes, more than the \(SafetensorsHeader.maximumByteCount) "
        + "that safetensors allows; this is probably another kind of file"
    case .headerTruncated(let path, let byteCount, let available):
      "\(path): the header claims \(byteCount) bytes but only \(available) follow; \(Self.remedy)"
    case .invalidHeader(let path, let error):
      "\(path): header, byte \(error.offset + 8): \(error); \(Self.remedy)"
    case .invalidEntry(let path, let tensor, let reason):
      "\(path): tensor '\(tensor)': \(reason); \(Self.remedy)"
    case .invalidMetadata(let path, let key):
      "\(path): __metadata__ '\(key)' must map text to text; \(Self.remedy)"
    case .unknownType(let path, let tensor, let type):
      "\(path): tensor '\(tensor)' has unknown dtype '\(type)'; known: "
        + DType.allCases.map(\.rawValue).joined(separator: ", ")
    case .sizeMismatch(let path, let tensor, let shape, let type, let byteCount):
      "\(path): tensor '\(tensor)' of shape \(shape) and dtype \(type) does not fill exactly the "
        + "\(byteCount) bytes it claims; \(Self.remedy)"
    case .outOfBounds(let path, let tensor, let range, let dataCount):
      "\(path): tensor '\(tensor)' claims bytes \(range.lowerBound) to \(range.upperBound) of "
        + "\(dataCount); \(Self.remedy)"
    case .overlap(let path, let tensor, let other):
      "\(path): tensors '\(tensor)' and '\(other)' claim the same bytes; \(Self.remedy)"
    case .hole(let path, let offset, let byteCount):
      "\(path): \(byteCount) bytes from data byte \(offset) on belong to no tensor; \(Self.remedy)"
    case .notFloat(let path, let tensor, let type):
      "\(path): tensor '\(tensor)' has dtype \(type), which cannot be read as numbers of a network; "
        + "supported: F64, F32, F16, BF16"
    case .duplicateTensor(let tensor, let path, let other):
      "\(path): tensor '\(tensor)' is in \(other) as well; remove one of the two files"
    case .invalidIndex(let path, let reason):
      "\(path): \(reason); expected {\"weight_map\": {tensor name: file name}}"
    case .unsafeShardPath(let path, let shard):
      "\(path): '\(shard)' is not a plain file name; shards must lie beside the index"
    case .missingShard(let path, let shard, let tensor):
      "\(path): the file '\(shard)', which should hold '\(tensor)', is missing; fetch it"
    case .missingTensor(let path, let shard, let tensor):
      "\(path): '\(shard)' should hold tensor '\(tensor)' but does not; fetch the model again"
    case .doesNotFit(let tensor, let value, let format):
      "tensor '\(tensor)': the value \(value) is too large for \(format.rawValue); write float32 instead"
    }
  }
}
