import Tensors
import TestSupport
import Testing
import Yams

@testable import Spunge

private enum Colour: String, SettingsChoice { case red, green }

private enum Layers: Codable, Sendable, Equatable {
  case all
  case only([Int])
}

private struct Sample: CatalogMethod, Equatable {
  static let card = MethodCard(
    name: "sample", title: "Sample", reference: "", summary: "For tests.")
  var steps = 80
  var steering: Float = 6.5
  var rate = 5e-5
  var colour = Colour.red
  var names: [String] = ["a"]
  var normalize = true
  var layers = Layers.all
  init() {}
  func validate() throws {
    if steps > 1000 {
      throw SettingsError.Problem.invalid("steps", given: "\(steps)", requirement: "at most 1000")
    }
  }
}

@Suite struct SettingsTests {
  private func sample(_ yaml: String) throws -> Sample {
    try Sample(overriding: compose(yaml: yaml))
  }

  @Test func defaultsStandWhereNothingIsWritten() throws {
    #expect(try sample("") == Sample())
    #expect(try sample("{}") == Sample())
    #expect(try Sample(assignments: []) == Sample())
  }

  @Test func valuesAreLaidOverDefaults() throws {
    let read = try sample(
      """
      steps: 3
      steering: 20
      rate: 1e-7
      colour: green
      names: [b, c]
      normalize: false
      layers: { only: { _0: [5, 6] } }
      """)
    var expected = Sample()
    (expected.steps, expected.steering, expected.rate) = (3, 20, 1e-7)
    (expected.colour, expected.names, expected.normalize) = (.green, ["b", "c"], false)
    expected.layers = .only([5, 6])
    #expect(read == expected)
    // What the manifest records gives the same settings again.
    #expect(try sample(read.resolvedYAML()) == expected)
    let assigned = try Sample(assignments: [
      "steps=3", "steering=20", "rate=1e-7", "colour=green", "names=[b, c]", "normalize=false",
      "layers={only: {_0: [5, 6]}}",
    ])
    #expect(assigned == expected)
  }

  @Test func numbersAreWrittenAsPeopleDoAndReadBackExactly() throws {
    var settings = Sample()
    for (rate, text) in [
      (5e-5, "5e-05"), (-1, "-1"), (1200, "1200"), (0.1 + 0.2, "0.30000000000000004"),
      (1.0 / 3, "0.3333333333333333"),
    ] {
      settings.rate = rate
      let yaml = try settings.resolvedYAML()
      #expect(yaml.contains("\nsteering: 6.5\nrate: \(text)\n"), "\(yaml)")
      #expect(try sample(yaml).rate == rate)
    }
    settings.steering = 0.1
    #expect(try settings.resolvedYAML().contains("steering: 0.1\n"))
    // Any bits that are a number, not only short decimals.
    var random = RandomSource(seed: 7)
    for _ in 0..<200 {
      let value = Double(bitPattern: random.next())
      guard SettingRange.finite.contains(value) else { continue }
      settings.rate = value
      #expect(try sample(settings.resolvedYAML()).rate == value)
      // The defaults that a user's settings are laid over keep their bits, too.
      #expect(try Sample(overriding: nil, over: settings).rate == value)
    }
  }

  @Test func infiniteBoundsAreYAMLs() throws {
    var processing = PartProcessing()
    processing.maximum = 0.1 + 0.2
    let yaml = try processing.resolvedYAML()
    #expect(yaml.contains("minimum: -.inf\nmaximum: 0.30000000000000004\n"), "\(yaml)")
    #expect(try PartProcessing(overriding: compose(yaml: yaml)) == processing)
    #expect(try PartProcessing().resolvedYAML().contains("maximum: .inf\n"))
  }

  @Test func textsThatLookLikeNumbersStayTexts() throws {
    var settings = Sample()
    settings.names = ["5e-05", "-1", "true", "null", "a: b", "", "x"]
    let yaml = try settings.resolvedYAML()
    #expect(
      yaml.contains("names: ['5e-05', '-1', 'true', 'null', 'a: b', '', x]\n"), "\(yaml)")
    #expect(try sample(yaml) == settings)
  }

  @Test(arguments: [
    (
      "stering: 20",
      "line 1: unknown setting 'stering' (did you mean 'steering'?); known settings: "
        + "steps, steering, rate, colour, names, normalize, layers"
    ),
    ("steps: many", "line 1: setting 'steps' needs a whole number, not 'many'"),
    ("steps: 1.5", "line 1: setting 'steps' needs a whole number, not '1.5'"),
    ("steps: 99999999999999999999", "setting 'steps' needs a whole number"),
    ("rate: fast", "setting 'rate' needs a number, not 'fast'"),
    ("names: b", "setting 'names' needs a list, not 'b'"),
    ("names: [b, {c: d}]", "setting 'names' needs a single value, not '[b, {c: d}]'"),
    ("normalize: 3", "setting 'normalize' needs true or false, not '3'"),
    ("colour: blue", "setting 'colour' cannot be 'blue': known values: red, green"),
    ("steps: 5000", "setting 'steps' is 5000; it must be at most 1000"),
    ("steps: -1", "setting 'steps' is -1; it must be from 0 to 1000000000"),
    ("steering: .nan", "setting 'steering' is nan; it must be from -1"),
    ("[1]", "settings are '[1]'; write them as 'name: value' lines"),
    ("steps", "settings are 'steps'; write them as 'name: value' lines"),
  ])
  func wrongSettingsAreExplained(yaml: String, message: String) throws {
    let error = #expect(throws: SettingsError.self) { try sample(yaml) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func everyProblemIsReported() throws {
    let error = #expect(throws: SettingsError.self) {
      try sample("stpes: 1\nrate: fast\ncolour: blue")
    }
    #expect(error?.problems.count == 3)
    #expect(error?.description.contains("line 3: ") == true)
  }

  @Test func assignmentsThatAreNone() throws {
    let error = #expect(throws: SettingsError.self) {
      try settingsNode(["steps", "=3", "rate=1", "rate=2", "names=[a"])
    }
    #expect(
      error?.problems == [
        .notAnAssignment("steps"), .notAnAssignment("=3"), .repeatedKey("rate"),
        .wrongValue("names", given: "[a", reason: "it is not valid YAML", line: nil),
      ])
  }

  @Test func catalogsMakeMethodsByName() throws {
    let method = try mergeMethods.method("ties", assignments: ["density=0.4", "dialect=peft"])
    let ties = try #require(method as? TIES)
    #expect(ties.density == 0.4)
    #expect(ties.dialect == .peft)
    #expect(ties.scale == 1)
  }

  @Test func catalogErrorsNameTheMethod() throws {
    #expect(throws: CatalogError.self) { try mergeMethods.method("tis") }
    let unknown = CatalogError.unknownMethod(
      "tis", kind: "merge method", known: ["ties", "average"])
    #expect(
      unknown.description
        == "unknown merge method 'tis' (did you mean 'ties'?); known: ties, average")
    let error = #expect(throws: SettingsError.self) {
      try mergeMethods.method("ties", assignments: ["densty=1"])
    }
    #expect(error?.description.hasPrefix("merge method 'ties': unknown setting 'densty'") == true)
  }

  /// A changed default changes results, so it must be changed here too, with the card's version.
  @Test(arguments: [
    (
      "ties",
      """
      density: 0.2
      scale: 1
      dialect: authors
      scope: model
      signElection: total
      weights: []
      normalize: true

      """
    ),
    ("task_arithmetic", "scale: 1\nweights: []\n"), ("average", ""),
  ])
  func mergeDefaults(name: String, yaml: String) throws {
    let entry = try #require(mergeMethods.entries.first { $0.card.name == name })
    #expect(try entry.defaultSettings() == yaml)
  }
}

struct SettingsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func assignmentsLieOverTheFile() throws {
    let file = try folder.write("ties.json", "{\"density\": 0.5, \"scale\": 2}")
    let node = try settingsNode(file: file, assignments: ["scale=3"])
    let method = try TIES(overriding: node)
    #expect(method.density == 0.5 && method.scale == 3)
    #expect(try settingsNode(file: nil, assignments: []).mapping?.isEmpty == true)
    try folder.write("empty.yaml", "# all defaults\n")
    let empty = try settingsNode(file: "\(folder.path)/empty.yaml", assignments: [])
    #expect(empty.mapping?.isEmpty == true)
  }

  @Test(arguments: [("- a", "not a mapping"), ("{a", "not YAML"), (nil, "no such readable")])
  func unusableFileIsNamed(text: String?, reason: String) throws {
    let file = "\(folder.path)/settings.yaml"
    if let text { try folder.write("settings.yaml", text) }
    let error = #expect(throws: SettingsError.self) {
      try settingsNode(file: file, assignments: [])
    }
    let message = error?.description ?? ""
    #expect(message.hasPrefix(file) && message.contains(reason), "\(message)")
  }
}
