import Evaluation
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// What one model answered once is never computed again, and no other model's answers are taken for it.
@Suite struct AnswerCacheTests {
  private let work: TemporaryFolder
  private let directory: ModelDirectory
  private let requests = ["a red fox", "a red fox ran", "two small hens"].flatMap { context in
    [" over", " under the"].map {
      LogLikelihoodRequest(context: context, continuation: $0)
    }
  }

  init() throws {
    work = try TemporaryFolder()
    directory = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
  }

  private func model(
    _ identity: AnswerCache.Identity = .init(model: "a", computeType: "float32", profile: "p"),
    settings: TextModel.Settings = .init(), progress: any ProgressSink = SilentProgress(),
    loads: @escaping () -> Void = {}
  ) throws -> Asked {
    let cache = CachedLM(
      try AnswerCache(work: work.path, identity: identity, progress: progress), progress: progress
    ) {
      loads()
      return try DecoderInference(
        configuration: directory.configuration, checkpoint: directory.checkpoint,
        computeType: .float32)
    }
    let texts = TextModel(
      configuration: directory.configuration, tokenizer: try TokenizerLoader.load(directory),
      settings: settings, model: cache)
    return Asked(texts: texts, cache: cache)
  }

  /// A model with what it was asked.
  private struct Asked {
    let texts: TextModel
    let cache: CachedLM
    var reused: (answers: Int, questions: Int) { cache.reused }
  }

  private func ask(_ model: Asked) throws -> [LogLikelihoodAnswer?] {
    var answers = [LogLikelihoodAnswer?](repeating: nil, count: requests.count)
    try model.texts.logLikelihoods(requests) { answers[$0] = $1 }
    return answers
  }

  @Test func secondRunLoadsNoNetwork() throws {
    let first = try ask(try model())
    var loaded = false
    let again = try model(loads: { loaded = true })
    #expect(try ask(again) == first)
    #expect(!loaded)
    #expect(again.reused == (requests.count, requests.count))
  }

  /// Scores of tokens are questions of their own: who asks for sums only has no use for them, and the other way round.
  @Test func scoresOfTokensAreKept() throws {
    let sums = try ask(try model())
    func told(_ model: Asked) throws -> [LogLikelihoodAnswer?] {
      var answers = [LogLikelihoodAnswer?](repeating: nil, count: requests.count)
      let detailed = requests.map { request in
        var request = request
        request.tellsTokens = true
        return request
      }
      try model.texts.logLikelihoods(detailed) { answers[$0] = $1 }
      return answers
    }
    let second = try model()
    let first = try told(second)
    #expect(second.reused.answers == 0)
    for (sum, answer) in zip(sums, first) {
      #expect(sum?.tokenScores == nil)
      let scores = try #require(answer?.tokenScores)
      #expect(scores.logProbabilities.reduce(0, +) == sum?.logLikelihood)
      #expect(scores.isLikeliest.allSatisfy { $0 } == sum?.isGreedy)
      #expect(scores.variances.allSatisfy { $0 > 0 })
    }
    var loaded = false
    let third = try model(loads: { loaded = true })
    #expect(try told(third) == first)
    #expect(try ask(third) == sums)
    #expect(!loaded)
  }

  /// The labels of open-unlearning: as many ids as the context has by itself are left out, white space at its end
  /// included, and the end of the text comes last, once.
  @Test func labelsFollowTheContextsOwnTokens() throws {
    let model = try model()
    let tokenizer = try TokenizerLoader.load(directory)
    let end = try tokenizer.decode([try #require(tokenizer.endID)], skipSpecial: false)
    func ask(_ context: String, _ continuation: String, _ boundary: LogLikelihoodRequest.Boundary)
      throws -> LogLikelihoodAnswer
    {
      var answer: LogLikelihoodAnswer?
      let request = LogLikelihoodRequest(
        context: context, continuation: continuation, boundary: boundary)
      try model.texts.logLikelihoods([request]) { answer = $1 }
      return try #require(answer)
    }
    let (context, text) = ("a red fox ", "ran over")
    let begin = tokenizer.addsBegin
    let whole = try tokenizer.encode(context + text, addBegin: begin).count
    let own = try tokenizer.encode(context, addBegin: begin).count
    let open = try ask(context, text, .labels(endsText: false))
    #expect(open.tokens == whole - own)
    #expect(try ask(context, text, .harness).tokens > open.tokens)
    let ended = try ask(context, text, .labels(endsText: true))
    #expect(ended.tokens == open.tokens + 1)
    #expect(ended.logLikelihood < open.logLikelihood)
    #expect(try ask(context, text + end, .labels(endsText: true)) == ended)
    // Nothing left to score is no error, but an answer without tokens.
    #expect(try ask("a red fox", "", .labels(endsText: false)).tokens == 0)
    let alone = try ask("", text, .labels(endsText: false))
    #expect(alone.tokens == (try tokenizer.encode(text, addSpecial: false).count))
  }

  @Test(arguments: [
    AnswerCache.Identity(model: "b", computeType: "float32", profile: "p"),
    AnswerCache.Identity(model: "a", computeType: "bfloat16", profile: "p"),
    AnswerCache.Identity(model: "a", computeType: "float32", profile: "q"),
  ])
  func anotherModelAsksAgain(_ other: AnswerCache.Identity) throws {
    _ = try ask(try model())
    let second = try model(other)
    _ = try ask(second)
    #expect(second.reused.answers == 0)
  }

  @Test func stoppedRunKeepsWhatWasAnswered() throws {
    struct Stop: Error {}
    var kept = 0
    let first = try model()
    #expect(throws: Stop.self) {
      try first.texts.logLikelihoods(requests) { _, _ in
        kept += 1
        if kept == 2 { throw Stop() }
      }
    }
    let second = try model()
    _ = try ask(second)
    #expect(second.reused.answers >= 2)
    #expect(second.reused.answers < requests.count)
  }

  @Test func tornLastLineIsAskedAgain() throws {
    _ = try ask(try model())
    let segments = try FileManager.default.subpathsOfDirectory(atPath: work.path)
    let file = try #require(segments.first { $0.hasSuffix("answers.jsonl") })
    let path = "\(work.path)/\(file)"
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.dropLast(7).write(to: URL(filePath: path))
    let second = try model()
    _ = try ask(second)
    #expect(second.reused.answers == requests.count - 1)
  }

  private func file() throws -> String {
    let segments = try FileManager.default.subpathsOfDirectory(atPath: work.path)
    return "\(work.path)/\(try #require(segments.first { $0.hasSuffix("answers.jsonl") }))"
  }

  private func lines() throws -> [String] {
    try String(contentsOfFile: file(), encoding: .utf8).split(separator: "\n").map(String.init)
  }

  private func write(_ lines: [String]) throws {
    try (lines.joined(separator: "\n") + "\n")
      .write(toFile: file(), atomically: true, encoding: .utf8)
  }

  /// A line as earlier versions wrote it.
  private func plain(_ line: String) -> String {
    line.replacing(#/,"check":"\w{16}"/#, with: "")
  }

  /// The answers are those of an undisturbed run; so many of them are asked for again.
  private func expectRecovery(_ first: [LogLikelihoodAnswer?], asked: Int, notes: Int = 1) throws {
    let sink = NoteSink()
    let second = try model(progress: sink)
    #expect(try ask(second) == first)
    #expect(second.reused.answers == requests.count - asked)
    // Beside what is always said of a run that goes on.
    let damage = { sink.notes.filter { !$0.contains("responses cached by an earlier run") } }
    #expect(damage().count == notes, "\(sink.notes)")
    let third = try model(progress: sink)
    #expect(try ask(third) == first)
    #expect(third.reused.answers == requests.count)
    #expect(damage().count == notes, "said once")
  }

  @Test func answersOfAnEarlierVersionAreKept() throws {
    let first = try ask(try model())
    try write(try lines().map(plain))
    try expectRecovery(first, asked: 0, notes: 0)
    #expect(try lines().allSatisfy { $0.contains("\"check\"") })
  }

  @Test func anEditedAnswerIsAskedAgain() throws {
    let first = try ask(try model())
    var lines = try lines()
    lines[2] = lines[2].replacing(#/"logLikelihood":-\d/#, with: "\"logLikelihood\":-0")
    try write(lines)
    try expectRecovery(first, asked: 1)
  }

  /// Twice the same says nothing; one of two that differ is wrong, and nobody knows which.
  @Test(arguments: [false, true]) func twoAnswersThatDifferAreDropped(otherSegment: Bool) throws {
    let first = try ask(try model())
    let line = plain(try #require(try lines().first))
    let (key, value) = try #require(
      line.firstMatch(of: #/"key":"(\w+)","logLikelihood":-([\d.]+)/#).map {
        ($0.output.1, $0.output.2)
      })
    let other = CheckedLine.sealed(
      Data("{\"isGreedy\":false,\"key\":\"\(key)\",\"logLikelihood\":-1\(value)}".utf8))
    let text = String(decoding: other, as: UTF8.self)
    if otherSegment {
      let folder = ((try file() as NSString).deletingLastPathComponent as NSString)
        .deletingLastPathComponent
      try WholeFile.write(text + "\n", to: "\(folder)/1/answers.jsonl")
    } else {
      try write(try lines() + [text, try #require(try lines().last)])
    }
    try expectRecovery(first, asked: 1)
  }

  /// With a right checksum or none: no model answers so.
  @Test(arguments: ["0.5", "1e999", "-1e999"]) func impossibleAnswersAreAskedAgain(value: String)
    throws
  {
    let first = try ask(try model())
    var lines = try lines()
    let object = plain(lines[1]).replacing(
      #/"logLikelihood":-[\d.]+/#, with: "\"logLikelihood\":\(value)")
    lines[1] = String(decoding: CheckedLine.sealed(Data(object.utf8)), as: UTF8.self)
    try write(lines)
    try expectRecovery(first, asked: 1)
  }

  @Test func twoProcessesWriteToDifferentSegments() throws {
    let identity = AnswerCache.Identity(model: "a", computeType: "float32", profile: "p")
    let (first, second) = (try model(identity), try model(identity))
    _ = try ask(first)
    _ = try ask(second)
    let third = try model(identity)
    _ = try ask(third)
    #expect(third.reused.answers == requests.count)
  }

  /// A tokenizer may know more tokens than the model has embeddings for.
  @Test func tokensThatTheModelNeverHad() throws {
    let folder = try TemporaryFolder()
    let source = Fixtures.path("goldens/tiny-llama")
    for name in try FileManager.default.contentsOfDirectory(atPath: source) {
      try FileManager.default.copyItem(
        atPath: "\(source)/\(name)", toPath: "\(folder.path)/\(name)")
    }
    try? FileManager.default.removeItem(atPath: "\(folder.path)/tokenizer_config.json")
    let extra = (0..<directory.configuration.vocabularySize).map { "\"<\($0)>\"" }
    try folder.write(
      "tokenizer_config.json",
      #"{"bos_token": "<s>", "eos_token": "</s>", "extra_special_tokens": [\#(extra.joined(separator: ","))]}"#
    )
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    let model = TextModel(
      configuration: directory.configuration, tokenizer: tokenizer,
      model: CachedLM(
        try AnswerCache(
          work: work.path, identity: .init(model: "a", computeType: "float32", profile: "p"))
      ) { throw ScoreError.noPrefixToken })
    let text = "a <\(extra.count - 1)>"
    func isRefused(_ body: () throws -> Void) -> Bool {
      do {
        try body()
        return false
      } catch { return "\(error)".contains("has embeddings for") }
    }
    #expect(
      isRefused {
        try model.logLikelihoods([LogLikelihoodRequest(context: text, continuation: " b")]) {
          _, _ in
        }
      })
    #expect(isRefused { try model.rollingLogLikelihoods([text]) { _, _ in } })
    #expect(
      isRefused {
        try model.generate([GenerationRequest(prompt: text, stops: [], maximumTokens: 2)]) { _, _ in
        }
      })
  }

  @Test func anotherStopIsAnotherCompletion() throws {
    let prompt = "a red fox"
    var texts: [String] = []
    for stops in [[], ["\u{0}never"], []] {
      try model().texts.generate([
        GenerationRequest(prompt: prompt, stops: stops, maximumTokens: 6)
      ]) { texts.append($1.text) }
    }
    #expect(texts[0] == texts[1])
    #expect(texts[0] == texts[2])
    let third = try model()
    try third.texts.generate([GenerationRequest(prompt: prompt, stops: [], maximumTokens: 7)]) {
      _, _ in
    }
    #expect(third.reused.answers == 0)
  }

  @Test func profilesDifferInTheTokenBeforeEmptyContexts() throws {
    let tokenizer = try TokenizerLoader.load(directory)
    try #require(tokenizer.beginID != tokenizer.endID)
    var values: [Double] = []
    for profile in [HarnessProfile.current, .paper] {
      try model(settings: .init(profile: profile)).texts.logLikelihoods([
        LogLikelihoodRequest(context: "", continuation: "a red fox")
      ]) { values.append($1.logLikelihood) }
    }
    #expect(values[0] != values[1])
  }

  @Test(arguments: [(8, true), (4, false)])
  func promptsAreMeasuredInTokens(_ length: Int, _ fits: Bool) throws {
    let tokenizer = try TokenizerLoader.load(directory)
    let (context, continuation) = ("a red fox ran over the hill", " and back")
    let count = try tokenizer.encode(context + continuation, addSpecial: false).count
    // One token of the continuation is only predicted.
    let fit = PromptFit(
      tokenizer, directory.configuration,
      settings: .init(addBegin: false, maximumLength: count - (fits ? 1 : 2)))
    #expect(fit.fits(context: context, continuations: [continuation]) == fits)
    #expect(!fit.fits(context: context, continuations: [continuation], newTokens: length))
  }
}
