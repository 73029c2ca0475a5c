import Formats

/// The ways a GGUF file can be wrong or unsupported.
package enum GGUFError: InputFailure, CustomStringConvertible {
  case notGGUF(path: String)
  case unsupportedVersion(path: String, version: UInt32)
  case truncated(path: String, offset: Int, what: String)
  case absurdCount(path: String, offset: Int, what: String, count: UInt64, available: Int)
  case invalidText(path: String, offset: Int, what: String)
  case unknownValueType(path: String, key: String, type: UInt32)
  case nestedTooDeep(path: String, key: String)
  case duplicateKey(path: String, key: String)
  case invalidMetadata(path: String, key: String, reason: String)
  case duplicateTensor(path: String, tensor: String)
  case invalidShape(path: String, tensor: String, reason: String)
  case unknownTensorType(path: String, tensor: String, type: UInt32)
  case unsupportedTensorType(path: String, tensor: String, type: String)
  case misaligned(path: String, tensor: String, offset: UInt64, alignment: Int)
  case outOfBounds(path: String, tensor: String, offset: UInt64, byteCount: Int)
  case overlap(path: String, tensor: String, other: String)
  case unknownTensorName(path: String, tensor: String, architecture: String)
  case unsupportedArchitecture(path: String, architecture: String)

  private static let remedy = "the file is damaged or was not written completely; fetch it again"

  package var description: String {
    switch self {
    case .notGGUF(let path):
      "\(path.shown(limit: 500)): does not begin with 'GGUF'; this is another kind of file"
    case .unsupportedVersion(let path, let version):
      "\(path.shown(limit: 500)): GGUF version \(version)"
        + (version & 0xFFFF == 0 ? " (or a big-endian file)" : "")
        + " is not supported; supported: little-endian versions 2 and 3"
    case .truncated(let path, let offset, let what):
      "\(path.shown(limit: 500)): the file ends in \(what) at byte \(offset); \(Self.remedy)"
    case .absurdCount(let path, let offset, let what, let count, let available):
      "\(path.shown(limit: 500)): byte \(offset): \(what) claims \(count), more than the \(available) there is room "
        + "for; \(Self.remedy)"
    case .invalidText(let path, let offset, let what):
      "\(path.shown(limit: 500)): byte \(offset): \(what) is not UTF-8; \(Self.remedy)"
    case .unknownValueType(let path, let key, let type):
      "\(path.shown(limit: 500)): metadata '\(key.shown())' has unknown value type \(type); known: 0 to 12"
    case .nestedTooDeep(let path, let key):
      "\(path.shown(limit: 500)): metadata '\(key.shown())' nests arrays more than \(GGUFHeader.maximumDepth) deep"
    case .duplicateKey(let path, let key):
      "\(path.shown(limit: 500)): metadata '\(key.shown())' occurs twice; \(Self.remedy)"
    case .invalidMetadata(let path, let key, let reason):
      "\(path.shown(limit: 500)): metadata '\(key.shown())' \(reason)"
    case .duplicateTensor(let path, let tensor):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' occurs twice; \(Self.remedy)"
    case .invalidShape(let path, let tensor, let reason):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())': \(reason); \(Self.remedy)"
    case .unknownTensorType(let path, let tensor, let type):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' has unknown type \(type); readable: \(GGUFType.readableNames)"
    case .unsupportedTensorType(let path, let tensor, let type):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' has type \(type), which cannot be read; readable: "
        + "\(GGUFType.readableNames); convert the model to one of them"
    case .misaligned(let path, let tensor, let offset, let alignment):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' begins at data byte \(offset), not a multiple of \(alignment); "
        + Self.remedy
    case .outOfBounds(let path, let tensor, let offset, let byteCount):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())', \(byteCount) bytes from data byte \(offset), reaches past the end of "
        + "the file; \(Self.remedy)"
    case .overlap(let path, let tensor, let other):
      "\(path.shown(limit: 500)): tensors '\(tensor.shown())' and '\(other.shown())' share bytes; \(Self.remedy)"
    case .unknownTensorName(let path, let tensor, let architecture):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' is not part of a '\(architecture.shown())' network as known here"
    case .unsupportedArchitecture(let path, let architecture):
      "\(path.shown(limit: 500)): general.architecture '\(architecture.shown())' is not supported; supported: "
        + GGUFTensorNames.architectures.keys.sorted().joined(separator: ", ")
    }
  }
}
