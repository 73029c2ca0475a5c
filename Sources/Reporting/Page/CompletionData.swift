import Evaluation
import Formats
import Foundation

/// Completions as the page's script reads them: names are written once, rows refer to them.
struct CompletionData: Encodable {
  let variants, sources, flags, prompts: [String]
  /// Each set of groups that a prompt is about.
  let groups: [[String]]
  let rows: [Row]

  /// One completion; encoded as an array whose places `PageScript` names.
  struct Row: Encodable {
    let variant, source: Int
    let group: Int?
    let id: String
    let prompt: Int
    let completion: String
    let toxicProbability: Double?
    let isToxic: Bool?
    let perplexity: Double?
    let flags: [Int]
    let promptIsToxic: Bool?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(variant)
      try container.encode(source)
      try container.encode(group)
      try container.encode(id)
      try container.encode(prompt)
      try container.encode(completion)
      try container.encode(toxicProbability)
      try container.encode(isToxic)
      try container.encode(perplexity)
      try container.encode(flags)
      try container.encode(promptIsToxic)
    }
  }

  init(_ records: [CompletionRecord]) {
    var variants = NameTable()
    var sources = NameTable()
    var groups = NameTable()
    var flags = NameTable()
    var prompts = NameTable()
    rows = records.map { record in
      Row(
        variant: variants.index(record.variant), source: sources.index(record.source),
        group: record.group.map { groups.index($0) }, id: record.id,
        prompt: prompts.index(record.prompt), completion: record.completion,
        toxicProbability: Self.rounded(record.toxicProbability, digits: 4),
        isToxic: record.isToxic, perplexity: Self.rounded(record.perplexity, digits: 3),
        flags: record.flags.map { flags.index($0) }, promptIsToxic: record.promptIsToxic)
    }
    (self.variants, self.sources) = (variants.names, sources.names)
    (self.flags, self.prompts) = (flags.names, prompts.names)
    self.groups = groups.names.map { $0.components(separatedBy: " + ") }
  }

  /// JSON that no browser takes for markup, whatever the texts hold: `<`, `>` and `&` are escaped.
  var scriptText: String {
    do {
      return String(decoding: Self.escaped(try JSON.encoder().encode(self)), as: UTF8.self)
    } catch {
      preconditionFailure("completions cannot be written as JSON: \(error)")
    }
  }

  private static func escaped(_ json: Data) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.count + json.count / 16)
    for byte in json {
      // These stand only inside JSON's strings, where a code may stand for them.
      switch byte {
      case UInt8(ascii: "<"): bytes += Array("\\u003c".utf8)
      case UInt8(ascii: ">"): bytes += Array("\\u003e".utf8)
      case UInt8(ascii: "&"): bytes += Array("\\u0026".utf8)
      default: bytes.append(byte)
      }
    }
    return bytes
  }

  /// Digits that the page never shows only make it larger; infinite values are missing ones.
  private static func rounded(_ value: Double?, digits: Int) -> Double? {
    guard let value, value.isFinite else { return nil }
    let scale = pow(10, Double(digits))
    let rounded = (value * scale).rounded() / scale
    return rounded.isFinite ? rounded : value
  }
}

/// Names in order of first appearance.
private struct NameTable {
  private(set) var names: [String] = []
  private var places: [String: Int] = [:]

  mutating func index(_ name: String) -> Int {
    if let place = places[name] { return place }
    places[name] = names.count
    names.append(name)
    return names.count - 1
  }
}
