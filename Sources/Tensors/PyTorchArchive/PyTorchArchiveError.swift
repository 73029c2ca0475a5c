import Formats

/// The ways a file written by `torch.save` can be wrong or unsupported.
package enum PyTorchArchiveError: InputFailure, CustomStringConvertible {
  case notAnArchive(path: String, looksLike: String)
  case legacy(path: String, kind: String)
  case damagedZip(path: String, reason: String)
  case damagedPickle(path: String, byte: Int, reason: String)
  case forbidden(path: String, byte: Int, what: String)
  case invalidTensor(path: String, tensor: String, reason: String)
  case noTensors(path: String)
  case notFloat(path: String, tensor: String, type: String)

  private static let remedy = "the file is damaged or was not written completely; fetch it again"
  private static let conversion =
    "if you trust the file, load it in Python with torch.load and save it with "
    + "safetensors.torch.save_file"

  package var description: String {
    switch self {
    case .notAnArchive(let path, let looksLike):
      "\(path.shown(limit: 500)): not a PyTorch archive: \(looksLike); \(Self.remedy)"
    case .legacy(let path, let kind):
      "\(path.shown(limit: 500)): \(kind), the format of PyTorch before 1.6; such a file can only be read by running what is "
        + "in it, so it is refused; \(Self.conversion)"
    case .damagedZip(let path, let reason): "\(path.shown(limit: 500)): \(reason); \(Self.remedy)"
    case .damagedPickle(let path, let byte, let reason):
      "\(path.shown(limit: 500)): data.pkl, byte \(byte): \(reason); \(Self.remedy)"
    case .forbidden(let path, let byte, let what):
      "\(path.shown(limit: 500)): data.pkl, byte \(byte): \(what); only tensors are built and nothing is ever run, so the file is "
        + "refused; \(Self.conversion)"
    case .invalidTensor(let path, let tensor, let reason):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())': \(reason); \(Self.remedy)"
    case .noTensors(let path):
      "\(path.shown(limit: 500)): holds no tensors by name; expected a state_dict as transformers saves it"
    case .notFloat(let path, let tensor, let type):
      "\(path.shown(limit: 500)): tensor '\(tensor.shown())' has dtype \(type), which cannot be read as numbers of a network; "
        + "supported: F64, F32, F16, BF16"
    }
  }
}
