import Crypto
import Formats
package import Foundation

/// Paths of lm-evaluation-harness's results files.
package struct HarnessFiles: Sendable {
  /// Folder of all files of one model.
  package let folder: String
  private let stem: String
  private let time: String

  /// - Parameters:
  ///   - outputPath: a folder, in which the model gets its own; or a `.json` file, whose name the
  ///   results' name begins with.
  ///   - date: stands in all names, in local time.
  package init(outputPath: String, model: String, date: Date) {
    let url = URL(fileURLWithPath: outputPath)
    if url.pathExtension == "json" {
      folder = url.deletingLastPathComponent().path
      stem = url.deletingPathExtension().lastPathComponent
    } else {
      folder = url.appendingPathComponent(Self.sanitized(model).fileName).path
      stem = "results"
    }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd'T'HH-mm-ss.SSSSSS"
    time = formatter.string(from: date)
  }

  package var results: String { "\(folder)/\(stem)_\(time).json" }

  package func samples(task: String) -> String {
    "\(folder)/samples_\(task.fileName)_\(time).jsonl"
  }

  /// A model's name as a folder: runs of characters that file systems dislike become two low lines.
  package static func sanitized(_ model: String) -> String {
    var result = ""
    var insideRun = false
    for scalar in model.unicodeScalars {
      let isUnsafe = "\"<>:/|\\?*[]".unicodeScalars.contains(scalar)
      if !isUnsafe { result.unicodeScalars.append(scalar) } else if !insideRun { result += "__" }
      insideRun = isUnsafe
    }
    return result
  }
}

/// SHA-256 of a text's UTF-8, in hexadecimal digits.
func harnessHash(_ text: String) -> String { hexadecimal(SHA256.hash(data: Data(text.utf8))) }

func hexadecimal(_ digest: SHA256.Digest) -> String {
  digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
