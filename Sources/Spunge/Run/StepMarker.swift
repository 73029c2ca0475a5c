import Formats
import Foundation
import Tensors

/// `complete.json`: the key's fields and the size of each file.
struct StepMarker: Codable {
  let key: StepKey
  /// File → bytes; `nil` in markers of earlier versions.
  let sizes: [String: Int]?

  private enum Keys: String, CodingKey { case sizes }

  init(key: StepKey, sizes: [String: Int]) {
    self.key = key
    self.sizes = sizes
  }

  init(from decoder: any Decoder) throws {
    key = try StepKey(from: decoder)
    sizes = try decoder.container(keyedBy: Keys.self).decodeIfPresent(
      [String: Int].self, forKey: .sizes)
  }

  func encode(to encoder: any Encoder) throws {
    try key.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(sizes, forKey: .sizes)
  }

  /// The marker in `folder`, if it belongs to `key` and the files have the recorded sizes.
  static func read(_ folder: String, _ key: StepKey) -> StepMarker? {
    guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(Step.marker)")),
      let marker = try? JSON.decode(StepMarker.self, from: data), marker.key == key,
      (marker.sizes ?? [:]).allSatisfy({ size("\(folder)/\($0.key)") == $0.value })
    else { return nil }
    return marker
  }

  func write(to folder: String) throws {
    try WholeFile.write(JSON.text(self), to: "\(folder)/\(Step.marker)")
  }

  /// Sizes of the files that do not change after the step is finished.
  static func sizes(in folder: String) -> [String: Int] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    let passing = [Step.marker, FileDigests.fileName]
    let files = names.filter {
      !$0.hasPrefix(".") && !passing.contains($0) && !Leftovers.isTemporary($0)
    }
    return Dictionary(
      uniqueKeysWithValues: files.compactMap { name in size("\(folder)/\(name)").map { (name, $0) }
      })
  }

  /// Size of a file in bytes; `nil` for anything else.
  private static func size(_ path: String) -> Int? {
    let found = try? FileManager.default.attributesOfItem(atPath: path)
    return found?[.type] as? FileAttributeType == .typeRegular ? found?[.size] as? Int : nil
  }
}
