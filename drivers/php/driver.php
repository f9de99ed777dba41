<?php

declare(strict_types=1);

/**
 * Driver of the reference client in TopClient.php: the driver protocol on standard input and output.
 * What PHP itself prints goes to standard error.
 */

ini_set('display_errors', 'stderr');
ob_start(static function (string $printed): string {
    fwrite(STDERR, $printed);
    return '';
}, 1);

require __DIR__ . '/TopClient.php';

const ERROR_MEMBERS = ['code', 'msg', 'sub_code', 'sub_msg', 'request_id'];

/** A parameter as the client takes it: an integer that PHP has none for is text. */
function parameter(mixed $value): mixed
{
    if (is_array($value)) {
        return array_map(parameter(...), $value);
    }
    if (!is_object($value)) {
        return $value;
    }
    if (!isset($value->{'$int'})) {
        return (object) array_map(parameter(...), (array) $value);
    }
    $integer = (int) $value->{'$int'};
    return (string) $integer === $value->{'$int'} ? $integer : $value->{'$int'};
}

/** What the client hands over, for the protocol. */
function encode(mixed $value): mixed
{
    return match (true) {
        is_int($value) => ['$int' => (string) $value],
        is_float($value) && !is_finite($value) => ['$opaque' => (string) $value],
        is_array($value) => array_map(encode(...), $value),
        is_object($value) => (object) array_map(encode(...), (array) $value),
        default => $value,
    };
}

function line(Throwable $error): string
{
    $text = preg_replace(['~\S+://\S+~', '/\s+/'], ['(URL)', ' '], $error->getMessage());
    return get_class($error) . ': ' . substr($text, 0, 100);
}

function start(object $message): TopClient
{
    if ($message->protocol !== 1) {
        throw new InvalidArgumentException('this driver speaks protocol 1');
    }
    return new TopClient($message->gateway, $message->app_key, $message->app_secret, $message->session);
}

function introduction(): array
{
    return [
        'ok' => true,
        'protocol' => 1,
        'sdk' => [
            'name' => 'reference client',
            'version' => '1, PHP ' . PHP_VERSION . ', curl ' . curl_version()['version'],
            'language' => 'PHP',
        ],
        'can' => [
            'formats' => ['json', 'xml'],
            'sign_methods' => ['md5', 'hmac', 'hmac-sha256'],
            'simplify' => true,
            'session' => true,
        ],
    ];
}

function call(TopClient $client, object $message): array
{
    try {
        $client->timeoutMs = $message->timeout_ms;
        // YOUR SDK HERE: it makes this call; `start` sets it up.
        $document = $client->execute(
            $message->method,
            array_map(parameter(...), (array) $message->params),
            $message->format,
            $message->sign_method,
            $message->simplify,
            $message->lists ?? [],
        );
        return ['outcome' => 'response', 'body' => encode($document)];
    } catch (TopError $error) {
        $given = array_filter((array) $error->members, static fn ($value) => $value !== null);
        $told = array_intersect_key($given, array_flip(ERROR_MEMBERS));
        return ['outcome' => 'error_response', ...array_map(encode(...), $told)];
    } catch (Throwable $error) {
        $own = $error instanceof TopFailure;
        $kind = $own ? $error->kind : 'client';
        return ['outcome' => 'failure', 'kind' => $kind, 'message' => line($error), 'uncaught' => !$own];
    }
}

$client = null;
while (($text = fgets(STDIN)) !== false) {
    $command = null;
    try {
        $message = json_decode($text, flags: JSON_THROW_ON_ERROR);
        $command = $message->cmd ?? null;
        if ($command === 'stop') {
            exit(0);
        } elseif ($command === 'start') {
            $client = start($message);
            $reply = introduction();
        } elseif ($command === 'call' && $client !== null) {
            $reply = ['seq' => $message->seq, ...call($client, $message)];
        } else {
            $reply = ['ok' => false, 'message' => 'no such command now'];
        }
    } catch (Throwable $error) {
        $reply = ['ok' => false, 'message' => line($error)];
    }
    $flags = JSON_PRESERVE_ZERO_FRACTION | JSON_INVALID_UTF8_SUBSTITUTE;
    fwrite(STDOUT, json_encode($reply, $flags, 1024) . "\n");
    if ($command === 'start' && $client === null) {
        exit(1);
    }
}
