import Formats
import Foundation

/// The records in a journal's lines, and what had to be left out.
struct JournalContent<Record: Codable> {
  private(set) var records: [Record] = []
  /// Lines, from 1, that are not what was written.
  private(set) var damaged: [Int] = []
  /// Whether the lines have no checksums yet: an earlier version wrote them.
  private(set) var isPlain = false

  /// - Parameters:
  ///   - content: whole lines.
  ///   - fault: says why a record cannot be right, whatever its checksum; nil for one that can.
  init(_ content: Data, fault: (Record) -> String?) {
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast().map(CheckedLine.opened)
    isPlain =
      !lines.isEmpty
      && lines.allSatisfy {
        if case .plain = $0 { true } else { false }
      }
    let decoder = JSONDecoder()
    let encoder = CheckedLine.encoder
    for (index, line) in lines.enumerated() {
      // Without a checksum a line can only be held against the spelling that it was written in.
      let record: Record? =
        switch line {
        case .checked(let object): try? decoder.decode(Record.self, from: object)
        case .plain(let object) where isPlain:
          (try? decoder.decode(Record.self, from: object)).flatMap {
            (try? encoder.encode($0)) == object ? $0 : nil
          }
        case .plain, .damaged: nil
        }
      if let record, fault(record) == nil {
        records.append(record)
      } else {
        damaged.append(index + 1)
      }
    }
    // Where one such line is damaged, the others may be without showing it.
    if isPlain, !damaged.isEmpty {
      records = []
      damaged = Array(1...lines.count)
    }
  }

  /// Whether the file should be written anew.
  var needsWriting: Bool { isPlain || !damaged.isEmpty }

  /// What to tell about the journal at `path`; nil where nothing is wrong.
  func note(_ path: String) -> String? {
    guard !damaged.isEmpty else { return nil }
    let shown = damaged.prefix(5).map(String.init).joined(separator: ", ")
    let rest = damaged.count > 5 ? " and \(damaged.count - 5) more" : ""
    return "\(path.shown()): dropped line \(shown)\(rest), not as written (damaged or edited); "
      + "what was there is done again"
  }

  /// One record as a line with its checksum.
  static func line(_ record: Record) throws -> Data {
    let object = try CheckedLine.encoder.encode(record)
    guard object.first == UInt8(ascii: "{"), object.count > 2 else {
      throw EncodingError.invalidValue(
        record, .init(codingPath: [], debugDescription: "not an object with fields"))
    }
    return CheckedLine.sealed(object) + [UInt8(ascii: "\n")]
  }
}
